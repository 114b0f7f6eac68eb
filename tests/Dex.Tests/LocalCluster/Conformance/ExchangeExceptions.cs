namespace Dex.Tests.LocalCluster.Conformance;

/// <summary>Recorded answers that ours may differ from, each with its reason.</summary>
static class ExchangeExceptions
{
    public static readonly IReadOnlyDictionary<int, string> Reasons = new Dictionary<int, string>
    {
        [123] = "the real server answers an unknown field in an apply with 500; ours is the client's error, 400",
        [128] = "the real server answers a wrong type in an apply with 500; ours is the client's error, 400",
    };
}
