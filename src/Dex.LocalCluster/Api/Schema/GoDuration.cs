using System.Globalization;
using System.Text;

namespace Dex.LocalCluster.Api.Schema;

/// <summary>Durations as Go and kubectl write them.</summary>
static class GoDuration
{
    /// <summary>Go's <c>Duration.String()</c>: <c>1h0m5s</c>, <c>1.5s</c>, <c>0s</c>.</summary>
    public static string Format(TimeSpan value)
    {
        var text = new StringBuilder(value < TimeSpan.Zero ? "-" : "");
        value = value.Duration();
        if (value < TimeSpan.FromSeconds(1) && value > TimeSpan.Zero)
        {
            return text.Append(value >= TimeSpan.FromMilliseconds(1)
                ? Number(value.TotalMilliseconds) + "ms" : Number(value.TotalMicroseconds) + "µs").ToString();
        }

        var hours = (long)value.TotalHours;
        if (hours > 0)
            text.Append(CultureInfo.InvariantCulture, $"{hours}h");
        if (value >= TimeSpan.FromMinutes(1))
            text.Append(CultureInfo.InvariantCulture, $"{value.Minutes}m");
        return text.Append(Number(value.Seconds + (value.Ticks % TimeSpan.TicksPerSecond / (double)TimeSpan.TicksPerSecond))).Append('s').ToString();
    }

    /// <summary>The age in a table: one or two units, as coarse as is still useful (apimachinery <c>duration.HumanDuration</c>).</summary>
    public static string Human(TimeSpan age)
    {
        var seconds = (long)age.TotalSeconds;
        if (seconds < -1)
            return "<invalid>";
        var (minutes, hours, days) = (seconds / 60, seconds / 3600, seconds / 86400);
        return seconds switch
        {
            < 0 => "0s",
            < 120 => $"{seconds}s",
            _ when minutes < 10 => Two(minutes, "m", seconds % 60, "s"),
            _ when minutes < 180 => $"{minutes}m",
            _ when hours < 8 => Two(hours, "h", minutes % 60, "m"),
            _ when hours < 48 => $"{hours}h",
            _ when hours < 192 => Two(days, "d", hours % 24, "h"),
            _ when days < 730 => $"{days}d",
            _ when days < 2920 => Two(days / 365, "y", days % 365, "d"),
            _ => $"{days / 365}y",
        };
    }

    static string Two(long large, string largeUnit, long small, string smallUnit) => small == 0 ? $"{large}{largeUnit}" : $"{large}{largeUnit}{small}{smallUnit}";

    static string Number(double value) => value.ToString("0.#########", CultureInfo.InvariantCulture);
}
