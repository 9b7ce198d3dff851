<#
.SYNOPSIS
Tells Intune whether the Highwater agent is there: custom detection script of a Win32 app.

.DESCRIPTION
Intune takes an app for installed if the script ends with 0 and has written something. The version below is the one that this script
came with. A newer one is as good.
#>
Set-StrictMode -Version 2.0
$wanted = [version] '@VERSION@'

$found = Get-ItemProperty -Path 'HKLM:\SOFTWARE\Highwater\Agent' -Name InstalledVersion -ErrorAction SilentlyContinue
$service = Get-Service -Name HighwaterAgent -ErrorAction SilentlyContinue
if ($null -ne $found -and $null -ne $service -and ([version] $found.InstalledVersion) -ge $wanted) {
    Write-Output "Highwater Agent $($found.InstalledVersion)"
    exit 0
}
exit 1
