using System.Text.Json.Nodes;

namespace Dex.Apply.Readiness;

/// <summary>How far an object is.</summary>
public enum ReadyState
{
    /// <summary>It is as wanted and works.</summary>
    Ready,

    /// <summary>It is on its way, or waits for something that may still come.</summary>
    Waiting,

    /// <summary>It will not become ready without a change.</summary>
    Failed,
}

/// <summary>How far an object is, in the words of its status.</summary>
/// <param name="Message">What is missing, such as <c>1 of 3 ready</c>; empty when ready.</param>
public readonly record struct Verdict(ReadyState State, string Message)
{
    /// <summary>Nothing is missing.</summary>
    public static Verdict Ready { get; } = new(ReadyState.Ready, "");

    /// <summary>Not yet.</summary>
    public static Verdict Waiting(string message) => new(ReadyState.Waiting, message);

    /// <summary>Not without a change.</summary>
    public static Verdict Failed(string message) => new(ReadyState.Failed, message);
}

/// <summary>Tells from the state of an object of one kind how far it is.</summary>
interface IReadinessRule
{
    Verdict Judge(JsonObject live);
}
