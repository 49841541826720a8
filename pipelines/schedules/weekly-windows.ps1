# Registers the weekly job with the Task Scheduler of Windows: every Monday at 05:00. Run once, as the user of the job.
# Adjust the three paths. The task's history shows each run's exit code; 0 means that every list was written.
$house = "C:\casefinder"
$site = "C:\casefinder-site\site.yaml"
$workspace = "D:\casefinder-workspace"

$run = New-ScheduledTaskAction -Execute "$house\.venv\Scripts\python.exe" `
    -Argument "pipelines\weekly.py --site `"$site`" --workspace `"$workspace`"" -WorkingDirectory $house
$when = New-ScheduledTaskTrigger -Weekly -DaysOfWeek Monday -At 5am
$how = New-ScheduledTaskSettingsSet -StartWhenAvailable -MultipleInstances IgnoreNew -ExecutionTimeLimit (New-TimeSpan -Hours 6)
Register-ScheduledTask -TaskName "casefinder weekly" -Action $run -Trigger $when -Settings $how
