<#
.SYNOPSIS
Installs or updates the Highwater agent on this computer, without a window and without a question.

.DESCRIPTION
Made to be run at every start of a computer (Group Policy, Computer Configuration, Policies, Windows Settings, Scripts, Startup), or
by Intune and Configuration Manager: if the version is there already it does nothing. It needs no connection to the Highwater
server: the agent waits for the server by itself. Nothing is restarted but the agent.

.EXAMPLE
.\deploy.ps1 -Package \\corp.example\SYSVOL\corp.example\highwater\highwater-agent.msi -ServerUrl https://highwater.corp.example:8443 -Pin 7E4C… -EnrollToken hwe_…

.NOTES
Ends with 0 when the agent is there, 3010 when Windows wants a restart, and else with the installer's own code; the installer's log is
then in C:\Windows\Temp\highwater-agent-install.log. A token that is given here stands in the arguments of PowerShell and of the installer
while these run, and in the event log of a computer that records command lines: where that matters, set it by Group Policy instead.
#>
[CmdletBinding()]
param(
    # The package; a path that the computer's own account can read.
    [Parameter(Mandatory = $true)] [string] $Package,
    # What the package would otherwise leave to Group Policy. What is not given stays as it is.
    [string] $ServerUrl,
    [string] $CaFile,
    [string] $Pin,
    [string] $EnrollToken,
    # Install also if this version, or a newer one, is there.
    [switch] $Force
)
Set-StrictMode -Version 2.0
$ErrorActionPreference = 'Stop'

function Get-PackageProperty([string] $Path, [string] $Name) {
    $installer = New-Object -ComObject WindowsInstaller.Installer
    $database = $installer.OpenDatabase($Path, 0)
    $view = $database.OpenView("SELECT ``Value`` FROM ``Property`` WHERE ``Property`` = '$Name'")
    $view.Execute()
    $record = $view.Fetch()
    $value = $record.StringData(1)
    $view.Close()
    return $value
}

function Get-InstalledVersion {
    $found = Get-ItemProperty -Path 'HKLM:\SOFTWARE\Highwater\Agent' -Name InstalledVersion -ErrorAction SilentlyContinue
    if ($null -eq $found) { return $null }
    return [version] $found.InstalledVersion
}

if (-not (Test-Path -LiteralPath $Package)) {
    Write-Error "The package $Package is not there, or the account of this computer ($env:COMPUTERNAME`$) may not read it."
}
$offered = [version] (Get-PackageProperty -Path $Package -Name 'ProductVersion')
$installed = Get-InstalledVersion
if (-not $Force -and $null -ne $installed -and $installed -ge $offered) {
    Write-Output "Highwater Agent $installed is installed: nothing to do."
    exit 0
}

# From a share, the package could be away in the middle.
$local = Join-Path $env:TEMP ('highwater-agent-{0}.msi' -f [guid]::NewGuid())
Copy-Item -LiteralPath $Package -Destination $local
$log = Join-Path $env:SystemRoot 'Temp\highwater-agent-install.log'
$arguments = @('/i', "`"$local`"", '/qn', '/norestart', '/l*v', "`"$log`"")
foreach ($pair in @(@('SERVERURL', $ServerUrl), @('CAFILE', $CaFile), @('PIN', $Pin), @('ENROLLTOKEN', $EnrollToken))) {
    if ($pair[1]) { $arguments += ('{0}="{1}"' -f $pair[0], $pair[1]) }
}
try {
    $done = Start-Process -FilePath "$env:SystemRoot\System32\msiexec.exe" -ArgumentList $arguments -Wait -PassThru
} finally {
    Remove-Item -LiteralPath $local -ErrorAction SilentlyContinue
}
switch ($done.ExitCode) {
    0 { Write-Output "Highwater Agent $offered is installed."; exit 0 }
    3010 { Write-Output "Highwater Agent $offered is installed; Windows wants a restart."; exit 3010 }
    default {
        Write-Output "The installer ended with $($done.ExitCode); its log is $log"
        exit $done.ExitCode
    }
}
