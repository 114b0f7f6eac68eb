using System.Text.Json.Nodes;
using Dex.LocalCluster.Controllers;

namespace Dex.Tests.LocalCluster.Controllers;

/// <summary>What an autoscaler's behavior makes of the same wish, a step of fifteen seconds after another.</summary>
public sealed class ScalingHistoryTests
{
    [Theory]
    // Without a behavior: at most twice the size or four; down after five minutes, at once.
    [InlineData("null", 1, 100, "4 8 16 32")]
    [InlineData("null", 10, 1, "10*19 1 1")]
    // Policies: the most change of all, the least, none; counted over a period.
    [InlineData("""{"scaleUp":{"policies":[{"type":"Pods","value":4,"periodSeconds":15},{"type":"Percent","value":100,"periodSeconds":15}],"selectPolicy":"Max"}}""", 1, 100, "5 10 20 40")]
    [InlineData("""{"scaleUp":{"policies":[{"type":"Pods","value":4,"periodSeconds":15},{"type":"Percent","value":100,"periodSeconds":15}],"selectPolicy":"Min"}}""", 1, 100, "2 4 8 12")]
    [InlineData("""{"scaleUp":{"policies":[{"type":"Pods","value":2,"periodSeconds":60}]}}""", 1, 100, "3*4 5*4 7")]
    [InlineData("""{"scaleUp":{"policies":[{"type":"Pods","value":2,"periodSeconds":60}],"selectPolicy":"Disabled"}}""", 1, 100, "1 1")]
    [InlineData("""{"scaleDown":{"stabilizationWindowSeconds":0,"policies":[{"type":"Percent","value":10,"periodSeconds":15}]}}""", 30, 1, "27 24 21 18")]
    [InlineData("""{"scaleDown":{"stabilizationWindowSeconds":0,"policies":[{"type":"Percent","value":10,"periodSeconds":15}]}}""", 3, 1, "2 1 1")]
    [InlineData("""{"scaleDown":{"stabilizationWindowSeconds":0,"policies":[{"type":"Pods","value":1,"periodSeconds":30},{"type":"Pods","value":3,"periodSeconds":30}],"selectPolicy":"Min"}}""", 9, 1, "8*2 7*2 6")]
    [InlineData("""{"scaleDown":{"stabilizationWindowSeconds":0,"selectPolicy":"Disabled","policies":[{"type":"Pods","value":1,"periodSeconds":30}]}}""", 9, 1, "9 9")]
    // Windows of both directions.
    [InlineData("""{"scaleUp":{"stabilizationWindowSeconds":30,"policies":[{"type":"Percent","value":900,"periodSeconds":15}]}}""", 2, 9, "2 9")]
    [InlineData("""{"scaleDown":{"stabilizationWindowSeconds":60,"policies":[{"type":"Percent","value":100,"periodSeconds":15}]}}""", 9, 2, "9*3 2")]
    public void A_behavior_paces_what_the_metrics_ask_for(string behavior, int size, int proposed, string expected)
    {
        var now = DateTimeOffset.UnixEpoch;
        var history = new ScalingHistory(size, now);
        foreach (var wanted in expected.Split(' ').SelectMany(Repeated))
        {
            // A little late, as every loop is.
            now += TimeSpan.FromSeconds(15.1);
            var next = history.Decide(JsonNode.Parse(behavior) as JsonObject, size, proposed, now);
            history.Scaled(size, next, now);
            size = next;
            Assert.Equal(wanted, size);
        }
    }

    [Fact]
    public void A_burst_within_the_window_keeps_the_size()
    {
        var now = DateTimeOffset.UnixEpoch;
        var history = new ScalingHistory(5, now);

        Assert.Equal(5, history.Decide(null, 5, 1, now.AddMinutes(4)));
        Assert.Equal(5, history.Decide(null, 5, 5, now.AddMinutes(8)));
        Assert.Equal(5, history.Decide(null, 5, 1, now.AddMinutes(12)));
        Assert.Equal(1, history.Decide(null, 5, 1, now.AddMinutes(14)));
    }

    static IEnumerable<int> Repeated(string entry) => entry.Split('*') is [var value, var times] ? Enumerable.Repeat(int.Parse(value), int.Parse(times)) : [int.Parse(entry)];
}
