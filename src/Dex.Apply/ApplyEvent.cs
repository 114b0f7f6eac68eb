using Dex.Yaml;

namespace Dex.Apply;

/// <summary>What the engine reports while it works, in order.</summary>
public abstract record ApplyEvent;

/// <summary>It is known what will be done.</summary>
public sealed record Planned(int Created, int Changed, int Unchanged, int Deleted) : ApplyEvent;

/// <summary>Another run holds the release; the engine waits for it.</summary>
public sealed record WaitingForLock(string Holder) : ApplyEvent;

/// <summary>An object was sent and accepted.</summary>
public sealed record ObjectApplied(ObjectRef Object, ChangeKind Change) : ApplyEvent;

/// <summary>The cluster refused an object.</summary>
public sealed record ObjectRefused(ObjectRef Object, Diagnostic Reason) : ApplyEvent;

/// <summary>A deletion was accepted; <paramref name="Gone"/> is false while finalizers or a grace period hold the object.</summary>
public sealed record ObjectDeleted(ObjectRef Object, bool Gone) : ApplyEvent;

/// <summary>An object that the release does not want any more was left alone.</summary>
public sealed record ObjectKept(ObjectRef Object, string Reason) : ApplyEvent;

/// <summary>An object is not ready yet.</summary>
/// <param name="Message">What is missing, such as <c>1 of 3 ready</c>.</param>
public sealed record ObjectWaiting(ObjectRef Object, string Message) : ApplyEvent;

/// <summary>An object became ready.</summary>
public sealed record ObjectReady(ObjectRef Object, TimeSpan After) : ApplyEvent;

/// <summary>The deploy failed; the last revision that worked is deployed again.</summary>
public sealed record RollingBack(int Revision) : ApplyEvent;

/// <summary>An object will not become ready, or did not in time.</summary>
public sealed record ObjectFailed(ObjectRef Object, Diagnostic Reason) : ApplyEvent;

/// <summary>Something that should be known and stops nothing.</summary>
public sealed record ApplyWarning(Diagnostic Warning) : ApplyEvent;
