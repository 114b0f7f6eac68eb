namespace Dex.Terminal;

/// <summary>Shows steps: moving lines for people, timestamped lines for logs.</summary>
interface IStepRenderer
{
    /// <summary>Takes one message; may be called from several threads.</summary>
    void Report(Step step);

    /// <summary>Stops moving and leaves what was done on the screen.</summary>
    void End();
}
