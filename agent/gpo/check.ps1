<#
.SYNOPSIS
Says how the Highwater agents of some computers are: one line each.

.DESCRIPTION
Asks the computers over PowerShell remoting (WinRM), many at once. Who may use it has to be an administrator of them. It changes
nothing.

.EXAMPLE
.\check.ps1 -ComputerName (Get-ADComputer -Filter 'OperatingSystem -like "*Server*"').Name | Where-Object State -ne 'works' | Format-Table -AutoSize
#>
[CmdletBinding()]
param(
    # Without names: this computer.
    [string[]] $ComputerName
)
Set-StrictMode -Version 2.0

$look = {
    $program = Join-Path $env:ProgramFiles 'Highwater\Agent\highwater-agent.exe'
    $service = Get-Service -Name HighwaterAgent -ErrorAction SilentlyContinue
    $version = (Get-ItemProperty -Path 'HKLM:\SOFTWARE\Highwater\Agent' -ErrorAction SilentlyContinue).InstalledVersion
    $failed = @()
    if ($null -ne $service -and (Test-Path -LiteralPath $program)) {
        $failed = @(& $program doctor 2>$null | Where-Object { $_ -like 'FAIL*' })
    }
    $state = 'works'
    if ($null -eq $service) { $state = 'not installed' }
    elseif ($service.Status -ne 'Running') { $state = "service $($service.Status)" }
    elseif ($failed.Count -gt 0) { $state = 'fails' }
    [pscustomobject] @{
        Computer = $env:COMPUTERNAME
        State = $state
        Version = $version
        Why = ($failed -join '; ')
    }
}

if (-not $ComputerName) {
    & $look
    return
}
$answers = Invoke-Command -ComputerName $ComputerName -ScriptBlock $look -ErrorAction SilentlyContinue -ErrorVariable refused
$answers | Select-Object Computer, State, Version, Why
foreach ($problem in $refused) {
    $name = $ComputerName[0]
    if ($problem.TargetObject) { $name = [string] $problem.TargetObject }
    [pscustomobject] @{ Computer = $name; State = 'not reached'; Version = $null; Why = $problem.Exception.Message }
}
