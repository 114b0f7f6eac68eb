using System.Text.Json.Nodes;
using Dex.Kubernetes.Model;

namespace Dex.LocalCluster.Controllers;

/// <summary>
/// What an autoscaler asked for and did lately, and what its <c>spec.behavior</c> makes of that: within a stabilisation window the mildest
/// request counts, within a policy's period only so many replicas come or go.
/// </summary>
sealed class ScalingHistory
{
    /// <summary>The longest window and period that the API accepts are an hour and half an hour.</summary>
    static readonly TimeSpan Memory = TimeSpan.FromHours(1);

    readonly List<(DateTimeOffset At, int Replicas)> _proposals;
    readonly List<(DateTimeOffset At, int Change)> _changes = [];

    /// <summary>The size that it begins with counts as proposed, so that no lull right after the start tears anything down.</summary>
    public ScalingHistory(int current, DateTimeOffset now) => _proposals = [(now, current)];

    /// <summary>Remembers a proposal and says how far it may be followed now, before the bounds of the autoscaler.</summary>
    /// <param name="behavior"><c>spec.behavior</c> with its defaults, or null: then at most twice the size or four, and down after five minutes.</param>
    /// <param name="current">The size now.</param>
    /// <param name="proposed">What the metrics ask for.</param>
    /// <param name="now">The time.</param>
    public int Decide(JsonObject? behavior, int current, int proposed, DateTimeOffset now)
    {
        _proposals.RemoveAll(p => p.At + Memory < now);
        _changes.RemoveAll(c => c.At + Memory < now);
        var up = Within("scaleUp", 0).Append(proposed).Min();
        var down = Within("scaleDown", 300).Append(proposed).Max();
        _proposals.Add((now, proposed));
        if (current < up)
            return Math.Min(up, behavior?.Object("scaleUp") is { } rules ? Math.Max(current, Limit(rules, current, 1, now)) : Math.Max(2 * current, 4));
        if (current > down)
            return behavior?.Object("scaleDown") is { } rules ? Math.Max(down, Math.Min(current, Limit(rules, current, -1, now))) : down;
        return current;

        IEnumerable<int> Within(string direction, int usual)
        {
            var window = TimeSpan.FromSeconds(behavior?.Number(direction, "stabilizationWindowSeconds") ?? usual);
            return _proposals.Where(p => p.At > now - window).Select(p => p.Replicas);
        }
    }

    /// <summary>Remembers what was done.</summary>
    public void Scaled(int from, int to, DateTimeOffset now)
    {
        if (from != to)
            _changes.Add((now, to - from));
    }

    /// <summary>How far the policies let it go up (1) or down (-1): each counts from the size at the beginning of its period.</summary>
    int Limit(JsonObject rules, int current, int sign, DateTimeOffset now)
    {
        var limits = rules.Items("policies").Select(policy =>
        {
            var period = TimeSpan.FromSeconds(policy.Number("periodSeconds") ?? 0);
            var began = current - _changes.Where(c => c.At > now - period).Sum(c => c.Change);
            var value = policy.Number("value") ?? 0;
            var step = policy.Text("type") == "Percent" ? began * value / 100m : value;
            // Upwards to the next whole pod, downwards to the one below, so that a percentage of few pods still lets one go.
            return (int)(sign > 0 ? Math.Ceiling(began + step) : Math.Floor(began - step));
        }).ToList();
        return rules.Text("selectPolicy") switch
        {
            "Disabled" => current,
            "Min" => sign > 0 ? limits.Min() : limits.Max(),
            _ => sign > 0 ? limits.Max() : limits.Min(),
        };
    }
}
