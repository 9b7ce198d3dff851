<#
.SYNOPSIS
Proves on a real Windows computer what cannot be shown without one: PASS or FAIL for each point.

.DESCRIPTION
Run it in an elevated PowerShell on a computer where the agent is installed and enrolled. It compares what the agent says with what
Windows itself says. It changes nothing, unless -Fill is given: then it opens sessions of this computer with itself until Windows
refuses one, and closes them again.

.EXAMPLE
.\prove.ps1 | Tee-Object prove.txt

.EXAMPLE
.\prove.ps1 -Fill -Sessions 21
#>
[CmdletBinding()]
param(
    # Open sessions until Windows refuses one. Not on a server that people work on.
    [switch] $Fill,
    # How many are tried at most. Windows 10 and 11 refuse the 21st.
    [int] $Sessions = 21,
    # For how long the agent's cost is watched.
    [int] $Seconds = 60
)
Set-StrictMode -Version 2.0
$ErrorActionPreference = 'Stop'

$folder = Join-Path $env:ProgramFiles 'Highwater\Agent'
$program = Join-Path $folder 'highwater-agent.exe'
$data = Join-Path $env:ProgramData 'Highwater\Agent'
$script:failed = 0

# A point passes if its script says nothing, and fails with what it says or throws. 'SKIP: …' is neither.
function Test-Point([string] $Name, [scriptblock] $Script) {
    try { $said = (& $Script | Out-String).Trim() } catch { $said = $_.Exception.Message }
    if ($said -eq '') { Write-Output "PASS  $Name" }
    elseif ($said.StartsWith('SKIP: ')) { Write-Output "SKIP  $Name - $($said.Substring(6))" }
    else {
        $script:failed++
        Write-Output "FAIL  $Name - $said"
    }
}

# What the agent sees now, as objects.
function Get-Seen {
    $lines = & $program once --json 2>$null
    if ($LASTEXITCODE -ne 0) { throw "the agent cannot look: $program once ended with $LASTEXITCODE" }
    $lines | ForEach-Object { $_ | ConvertFrom-Json }
}

function Get-Snapshot {
    $found = @(Get-Seen | Where-Object { $_.PSObject.Properties.Name -contains 'snapshot' })
    if ($found.Count -eq 0) { throw 'the agent sees no snapshot' }
    $found[-1].snapshot
}

# Client and user without what Windows writes around them.
function Get-Key([string] $Client, [string] $User) {
    $bare = $Client.Trim().TrimStart('\').TrimStart('[').TrimEnd(']')
    $address = $null
    if ([System.Net.IPAddress]::TryParse($bare, [ref] $address)) { $bare = $address.ToString() }
    $name = $User
    if ($name.Contains('\')) { $name = $name.Substring($name.LastIndexOf('\') + 1) }
    '{0}|{1}' -f $bare.ToLowerInvariant(), $name.ToLowerInvariant()
}

Write-Output "Highwater Agent on $env:COMPUTERNAME, $((Get-CimInstance Win32_OperatingSystem).Caption), $(Get-Date -Format s)"

Test-Point 'the prompt is elevated' {
    $me = New-Object Security.Principal.WindowsPrincipal ([Security.Principal.WindowsIdentity]::GetCurrent())
    if (-not $me.IsInRole([Security.Principal.WindowsBuiltInRole]::Administrator)) { 'run this as administrator' }
}
Test-Point 'the service runs as LocalSystem and starts by itself' {
    $service = Get-CimInstance Win32_Service -Filter "Name='HighwaterAgent'"
    if ($null -eq $service) { return 'there is no service HighwaterAgent' }
    if ($service.State -ne 'Running') { "it is $($service.State)" }
    if ($service.StartName -ne 'LocalSystem') { "it runs as $($service.StartName)" }
    if ($service.StartMode -ne 'Auto') { "it starts: $($service.StartMode)" }
}
Test-Point 'it starts delayed' {
    $key = Get-ItemProperty 'HKLM:\SYSTEM\CurrentControlSet\Services\HighwaterAgent'
    if ($key.PSObject.Properties.Name -notcontains 'DelayedAutostart' -or $key.DelayedAutostart -ne 1) { 'DelayedAutostart is not 1' }
}
Test-Point 'it is started again after a failure' {
    $told = & "$env:SystemRoot\System32\sc.exe" qfailure HighwaterAgent | Out-String
    if (@([regex]::Matches($told, '(?i)RESTART')).Count -lt 3) { $told }
}
Test-Point 'it keeps one privilege only' {
    $told = & "$env:SystemRoot\System32\sc.exe" qprivs HighwaterAgent | Out-String
    $privileges = @([regex]::Matches($told, 'Se\w+Privilege') | ForEach-Object { $_.Value } | Sort-Object -Unique)
    if (($privileges -join ',') -ne 'SeChangeNotifyPrivilege') { "it has $($privileges -join ', ')" }
}
Test-Point 'it stops within 5 seconds and runs again within 1' {
    $watch = [Diagnostics.Stopwatch]::StartNew()
    Stop-Service HighwaterAgent
    $stopped = $watch.Elapsed.TotalSeconds
    $watch.Restart()
    Start-Service HighwaterAgent
    $started = $watch.Elapsed.TotalSeconds
    if ($stopped -gt 5) { "stopping took $stopped s" }
    if ($started -gt 1) { "starting took $started s" }
}
Test-Point 'sessions are those of Get-SmbSession' {
    # Between two looks somebody comes or goes: one of a few has to agree.
    $last = ''
    foreach ($try in 1..5) {
        $windows = @(Get-SmbSession | ForEach-Object { '{0}|{1}' -f (Get-Key $_.ClientComputerName $_.ClientUserName), $_.NumOpens } | Sort-Object)
        $agent = @((Get-Snapshot).sessions | ForEach-Object { '{0}|{1}' -f (Get-Key $_.client $_.user), $_.opens } | Sort-Object)
        $last = (Compare-Object $windows $agent | Out-String).Trim()
        if ($last -eq '') { return }
    }
    "in five looks they never agreed (=> only the agent, <= only Windows):`n$last"
}
Test-Point 'sessions are listed at level 502' {
    $source = (Get-Snapshot).source
    if ($source -ne 'net_session_502') { "the source is $source" }
}
Test-Point 'the limit is that of net config server' {
    $told = & "$env:SystemRoot\System32\net.exe" config server | Out-String
    $limit = (Get-Snapshot).limit
    $numbers = @([regex]::Matches($told, '(?m)\s(\d+)\s*$') | ForEach-Object { [long] $_.Groups[1].Value })
    if ($limit.PSObject.Properties.Name -contains 'sessions') {
        if ($numbers -notcontains [long] $limit.sessions) { "the agent says $($limit.sessions), Windows: $told" }
    } elseif (-not ($numbers -contains 16777216 -or $told -match '(?i)unlimited|illimit')) { "the agent says no limit, Windows: $told" }
}
Test-Point 'events are those of the event log' {
    $copy = Join-Path $env:TEMP ('highwater-{0}.evtx' -f [guid]::NewGuid())
    & "$env:SystemRoot\System32\wevtutil.exe" epl System $copy
    try {
        $told = & $program import --dry-run $copy 2>$null | Out-String
        $query = '*[System[Provider[@Name="Srv" or @Name="srv" or @Name="SRV" or @Name="Server" or @Name="SERVER" or @Name="server"] and (EventID>=2000 and EventID<=2027 or EventID>=2501 and EventID<=2513)]]'
        $windows = @(Get-WinEvent -Path $copy -FilterXPath $query -ErrorAction SilentlyContinue).Count
        $other = '*[System[(Provider[@Name="Service Control Manager"] and (EventID=7031 or EventID=7034 or EventID=7036)) or (Provider[@Name="EventLog"] and (EventID=6005 or EventID=6006 or EventID=6008)) or (Provider[@Name="Microsoft-Windows-Eventlog"] and EventID=104)]]'
        $windows += @(Get-WinEvent -Path $copy -FilterXPath $other -ErrorAction SilentlyContinue).Count
        if ($told -notmatch ': (\d+) events?\. Nothing was sent') { return "the import says: $told" }
        if ([int] $Matches[1] -ne $windows) { "the agent counts $($Matches[1]), Windows $windows" }
    } finally { Remove-Item $copy -ErrorAction SilentlyContinue }
}
Test-Point 'the log is read on from where it was' {
    $place = Get-Content (Join-Path $data 'events-system.json') -Raw | ConvertFrom-Json
    if ($place.record_id -le 0) { 'no record was read yet' }
    if ($place.bookmark -notlike '*BookmarkList*') { "the bookmark is $($place.bookmark)" }
}
Test-Point 'its own records have their text' {
    $record = Get-WinEvent -FilterHashtable @{ LogName = 'Application'; ProviderName = 'Highwater'; Id = 1000 } -MaxEvents 1
    if ($record.Message -notlike 'Highwater Agent*') { "the message is: $($record.Message)" }
}
Test-Point 'only SYSTEM and administrators read its folder' {
    foreach ($rule in (Get-Acl $data).Access) {
        $who = $rule.IdentityReference.Translate([Security.Principal.SecurityIdentifier]).Value
        if ($who -notin @('S-1-5-18', 'S-1-5-32-544')) { "$($rule.IdentityReference) has $($rule.FileSystemRights)" }
    }
}
Test-Point 'the key is sealed' {
    $identity = Get-Content (Join-Path $data 'identity.json') -Raw
    if ($identity -notlike '*dpapi:*' -or $identity -like '*hwa_*') { 'the key is not sealed in identity.json' }
}
Test-Point 'the enrolment token is gone from the registry' {
    $values = Get-ItemProperty 'HKLM:\SOFTWARE\Highwater\Agent'
    if ($values.PSObject.Properties.Name -contains 'EnrollToken') { 'it is still in HKLM\SOFTWARE\Highwater\Agent' }
}
Test-Point 'Group Policy wins' {
    $policies = Get-ItemProperty 'HKLM:\SOFTWARE\Policies\Highwater\Agent' -ErrorAction SilentlyContinue
    if ($null -eq $policies) { return 'SKIP: no policy applies to this computer' }
    $told = & $program doctor 2>$null | Out-String
    if ($told -notmatch 'from Group Policy') { "the doctor knows of no policy: $told" }
}
Test-Point 'the doctor finds nothing' {
    $failures = @(& $program doctor 2>$null | Where-Object { $_ -like 'FAIL*' })
    $failures
}
Test-Point "it costs at most 1 % of one core and 40 MB ($Seconds s)" {
    $id = (Get-CimInstance Win32_Service -Filter "Name='HighwaterAgent'").ProcessId
    $before = (Get-Process -Id $id).TotalProcessorTime.TotalSeconds
    Start-Sleep -Seconds $Seconds
    $process = Get-Process -Id $id
    $percent = 100 * ($process.TotalProcessorTime.TotalSeconds - $before) / $Seconds
    $megabytes = $process.WorkingSet64 / 1048576
    $cost = '{0:n2} % of one core, {1:n1} MB, {2} handles' -f $percent, $megabytes, $process.HandleCount
    Write-Host "      $cost"
    if ($percent -gt 1) { '{0:n2} % of one core' -f $percent }
    if ($megabytes -gt 40) { '{0:n1} MB' -f $megabytes }
}
Test-Point 'the last session is refused with error 71, and the agent sees the computer full' {
    if (-not $Fill) { return 'SKIP: give -Fill' }
    $opened = @()
    $refused = ''
    try {
        foreach ($number in 1..$Sessions) {
            # Each address of the loopback network is another server to Windows: a session of its own.
            $share = "\\127.0.1.$number\IPC`$"
            $told = & "$env:SystemRoot\System32\net.exe" use $share 2>&1 | Out-String
            if ($LASTEXITCODE -ne 0) { $refused = $told; break }
            $opened += $share
        }
        $snapshot = Get-Snapshot
        if ($refused -eq '') { return "none of $Sessions was refused; the agent sees $(@($snapshot.sessions).Count)" }
        if ($refused -notmatch '\b71\b') { "it was refused with: $refused" }
        if (@($snapshot.sessions).Count -lt $snapshot.limit.sessions) { "the agent sees $(@($snapshot.sessions).Count) of $($snapshot.limit.sessions)" }
    } finally {
        foreach ($share in $opened) { & "$env:SystemRoot\System32\net.exe" use $share /delete /y | Out-Null }
    }
}

Write-Output ''
if ($script:failed -eq 0) { Write-Output 'Everything that was tried passes.' } else { Write-Output "$($script:failed) points fail." }
exit $script:failed
