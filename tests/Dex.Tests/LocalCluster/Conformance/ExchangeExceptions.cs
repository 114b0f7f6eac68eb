namespace Dex.Tests.LocalCluster.Conformance;

/// <summary>Recorded answers that ours may differ from, each with its reason.</summary>
static class ExchangeExceptions
{
    public static readonly IReadOnlyDictionary<int, string> Reasons = new Dictionary<int, string>
    {
        [123] = "the real server answers an unknown field in an apply with 500; ours is the client's error, 400",
        [79] = "the real server's tables are made from its internal form, in which this annotation is a field",
        [81] = "which events the controllers have recorded by then, and how often, is their own pace",
        [82] = "the recorded cluster had a namespace of its own",
        [90] = "the annotation with the time of the trigger is only written for pods that changed",
        [145] = "recorded with a client certificate, whose fingerprint the answer shows; played with a token",
        [128] = "the real server answers a wrong type in an apply with 500; ours is the client's error, 400",
    };
}
