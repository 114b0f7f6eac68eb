namespace Dex.App;

/// <summary>What the process tells its caller. A command that runs another program passes that program's code through.</summary>
public enum ExitCode
{
    /// <summary>Done.</summary>
    Ok = 0,

    /// <summary>It was tried and failed.</summary>
    Failed = 1,

    /// <summary>Nothing was tried: the command line or the configuration is wrong.</summary>
    Usage = 2,

    /// <summary>Done, and something needs a look: a diff, a finding, a leftover.</summary>
    Findings = 3,

    /// <summary>Done, but the result could not be verified.</summary>
    Unverified = 4,

    /// <summary>A sign-in is needed first.</summary>
    NotSignedIn = 5,

    /// <summary>A bug in dex; the log file has the details.</summary>
    Bug = 70,

    /// <summary>Stopped by the user (128 + SIGINT).</summary>
    Cancelled = 130,
}
