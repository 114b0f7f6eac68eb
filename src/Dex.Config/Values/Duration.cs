using System.Globalization;
using System.Text;

namespace Dex.Config;

/// <summary>A length of time, written like <c>30s</c>, <c>1h30m</c> or <c>3d</c>.</summary>
public readonly record struct Duration : IComparable<Duration>
{
    /// <summary>A length of time.</summary>
    public Duration(TimeSpan value) => Value = value;

    /// <summary>Reads <c>1h30m</c>.</summary>
    /// <exception cref="FormatException">The text is no duration.</exception>
    public Duration(string text) => Value = TryParse(text, out var duration) ? duration.Value : throw new FormatException($"`{text}` is not a duration such as `30s`");

    /// <summary>The length of time.</summary>
    public TimeSpan Value { get; }

    /// <summary>The length of time.</summary>
    public static implicit operator TimeSpan(Duration duration) => duration.Value;

    /// <summary>A length of time.</summary>
    public static implicit operator Duration(TimeSpan value) => new(value);

    /// <summary>Reads numbers with the units <c>ms s m h d w</c>, largest first, for example <c>1h30m</c>.</summary>
    public static bool TryParse(string text, out Duration duration)
    {
        duration = default;
        var total = 0m;
        var last = decimal.MaxValue;
        var rest = text.AsSpan();
        if (rest.IsEmpty) return false;
        while (!rest.IsEmpty)
        {
            var digits = rest.IndexOfAnyExcept("0123456789.");
            if (digits <= 0 || !decimal.TryParse(rest[..digits], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number)) return false;
            rest = rest[digits..];
            var end = rest.IndexOfAny("0123456789.");
            var unit = end < 0 ? rest : rest[..end];
            var seconds = unit switch { "ms" => 0.001m, "s" => 1m, "m" => 60m, "h" => 3600m, "d" => 86400m, "w" => 604800m, _ => 0m };
            if (seconds == 0 || seconds >= last || number > 1_000_000_000_000m) return false;
            last = seconds;
            total += number * seconds;
            rest = end < 0 ? [] : rest[end..];
        }

        if (total > 300_000_000_000m) return false;
        duration = new Duration(TimeSpan.FromTicks((long)(total * TimeSpan.TicksPerSecond)));
        return true;
    }

    /// <inheritdoc/>
    public int CompareTo(Duration other) => Value.CompareTo(other.Value);

    /// <summary>The shortest form in days, hours, minutes, seconds and milliseconds.</summary>
    public override string ToString()
    {
        if (Value == TimeSpan.Zero) return "0s";
        var result = new StringBuilder(Value < TimeSpan.Zero ? "-" : "");
        var value = Value.Duration();
        if (value.Days > 0) result.Append(value.Days).Append('d');
        if (value.Hours > 0) result.Append(value.Hours).Append('h');
        if (value.Minutes > 0) result.Append(value.Minutes).Append('m');
        if (value.Seconds > 0) result.Append(value.Seconds).Append('s');
        if (value.Milliseconds > 0) result.Append(value.Milliseconds).Append("ms");
        return result.Length == 0 ? "0s" : result.ToString();
    }
}
