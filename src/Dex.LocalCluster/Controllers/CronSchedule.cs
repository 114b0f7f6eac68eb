using System.Globalization;
using System.Text.RegularExpressions;

namespace Dex.LocalCluster.Controllers;

/// <summary>A schedule in cron's five fields, one of the names such as <c>@hourly</c>, or <c>@every 90s</c>.</summary>
sealed partial class CronSchedule
{
    static readonly Dictionary<string, string> Named = new(StringComparer.Ordinal)
    {
        ["@yearly"] = "0 0 1 1 *", ["@annually"] = "0 0 1 1 *", ["@monthly"] = "0 0 1 * *", ["@weekly"] = "0 0 * * 0",
        ["@daily"] = "0 0 * * *", ["@midnight"] = "0 0 * * *", ["@hourly"] = "0 * * * *",
    };

    static readonly string[] Months = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
    static readonly string[] Days = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];

    readonly HashSet<int> _minutes, _hours, _days, _months, _weekdays;
    readonly bool _anyDay, _anyWeekday;
    readonly TimeSpan? _every;

    CronSchedule(TimeSpan every) : this("* * * * *".Split(' ')) => _every = every;

    CronSchedule(string[] fields)
    {
        _minutes = Field(fields[0], 0, 59, []);
        _hours = Field(fields[1], 0, 23, []);
        _days = Field(fields[2], 1, 31, []);
        _months = Field(fields[3], 1, 12, Months);
        _weekdays = [.. Field(fields[4], 0, 7, Days).Select(d => d % 7)];
        _anyDay = fields[2][0] is '*' or '?';
        _anyWeekday = fields[4][0] is '*' or '?';
    }

    /// <summary>Reads a schedule.</summary>
    /// <exception cref="FormatException">The text is none; the message says why.</exception>
    public static CronSchedule Parse(string text)
    {
        text = text.Trim();
        if (text.StartsWith("@every ", StringComparison.Ordinal))
            return new(Duration(text["@every ".Length..].Trim()));

        var fields = Named.GetValueOrDefault(text, text).Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return fields.Length == 5 ? new(fields) : throw new FormatException($"expected exactly 5 fields, found {fields.Length}: [{text}]");
    }

    /// <summary>The first time after another one, by the wall clocks of a zone; null when there is none within five years.</summary>
    /// <remarks>A time that a change of clocks leaves out is left out; one that comes twice comes twice.</remarks>
    public DateTimeOffset? Next(DateTimeOffset after, TimeZoneInfo zone)
    {
        if (_every is { } period)
            return after + period;

        var limit = after.AddYears(5);
        var at = new DateTimeOffset(after.UtcTicks - (after.UtcTicks % TimeSpan.TicksPerMinute), TimeSpan.Zero).AddMinutes(1);
        while (at < limit)
        {
            var local = TimeZoneInfo.ConvertTime(at, zone);
            if (!_months.Contains(local.Month) || !DayMatches(local) || !_hours.Contains(local.Hour))
                at = at.AddMinutes(60 - local.Minute);
            else if (!_minutes.Contains(local.Minute))
                at = at.AddMinutes(1);
            else
                return at;
        }

        return null;
    }

    /// <summary>The last time in a span, its end included; null when there is none.</summary>
    public DateTimeOffset? Last(DateTimeOffset after, DateTimeOffset until, TimeZoneInfo zone)
    {
        // Looking from ever further back finds it in few steps however long the span is.
        foreach (var span in (TimeSpan[])[TimeSpan.FromHours(1), TimeSpan.FromDays(1), TimeSpan.FromDays(32), TimeSpan.FromDays(400), TimeSpan.FromDays(2000)])
        {
            var from = _every is null && until - span > after ? until - span : after;
            DateTimeOffset? last = null;
            for (var next = Next(from, zone); next <= until; next = Next(next.Value, zone))
                last = next;
            if (last is not null || from == after)
                return last;
        }

        return null;
    }

    /// <summary>Cron's oldest rule: when both kinds of day are restricted, either one is enough.</summary>
    bool DayMatches(DateTimeOffset local)
    {
        var day = _days.Contains(local.Day);
        var weekday = _weekdays.Contains((int)local.DayOfWeek);
        return _anyDay || _anyWeekday ? day && weekday : day || weekday;
    }

    static HashSet<int> Field(string text, int min, int max, string[] names)
    {
        var values = new HashSet<int>();
        foreach (var part in text.Split(','))
        {
            var step = part.Split('/');
            var range = step[0].Split('-');
            var all = step[0] is "*" or "?";
            var first = all ? min : Value(range[0], names, text);
            var last = all ? max : range.Length == 2 ? Value(range[1], names, text) : step.Length == 2 ? max : first;
            var by = step.Length == 2 ? Value(step[1], [], text) : 1;
            if (step.Length > 2 || range.Length > 2 || first < min || last > max || first > last || by < 1)
                throw new FormatException($"{part} is not within {min}-{max}: {text}");

            for (var value = first; value <= last; value += by)
                values.Add(value);
        }

        return values;
    }

    static int Value(string text, string[] names, string field)
    {
        var name = Array.IndexOf(names, text.ToLowerInvariant());
        return name >= 0 ? name + (names == Months ? 1 : 0)
            : int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number
            : throw new FormatException($"failed to parse int from {text}: {field}");
    }

    static TimeSpan Duration(string text)
    {
        var match = GoDuration().Match(text);
        double Part(string group) => match.Groups[group].Success ? double.Parse(match.Groups[group].ValueSpan, CultureInfo.InvariantCulture) : 0;
        var duration = TimeSpan.FromHours(Part("h")) + TimeSpan.FromMinutes(Part("m")) + TimeSpan.FromSeconds(Part("s"));
        return match.Success && duration >= TimeSpan.FromSeconds(1) ? duration : throw new FormatException($"failed to parse duration @every {text}");
    }

    [GeneratedRegex(@"^((?<h>\d+(\.\d+)?)h)?((?<m>\d+(\.\d+)?)m)?((?<s>\d+(\.\d+)?)s)?$", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex GoDuration();
}
