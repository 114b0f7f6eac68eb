using System.Globalization;

namespace Dex.LocalCluster.Api.Schema;

/// <summary>Whether a text is a cron schedule, and if not, why in the words of the library that Kubernetes uses.</summary>
static class CronText
{
    static readonly (int Min, int Max, string[] Names)[] Fields =
    [
        (0, 59, []), (0, 23, []), (1, 31, []),
        (1, 12, ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]),
        (0, 6, ["sun", "mon", "tue", "wed", "thu", "fri", "sat"]),
    ];

    static readonly string[] Words = ["@yearly", "@annually", "@monthly", "@weekly", "@daily", "@midnight", "@hourly"];

    public static string? Objection(string schedule)
    {
        if (schedule.Contains("TZ", StringComparison.Ordinal))
            return "cannot use TZ or CRON_TZ in schedule, use timeZone field instead";
        if (schedule.StartsWith('@'))
            return Words.Contains(schedule) || schedule.StartsWith("@every ", StringComparison.Ordinal) ? null : $"unrecognized descriptor: {schedule}";
        var fields = schedule.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        return fields.Length != 5
            ? $"expected exactly 5 fields, found {fields.Length}: [{string.Join(' ', fields)}]"
            : fields.Select((f, i) => f.Split(',').Select(part => Part(part, Fields[i])).FirstOrDefault(o => o is not null)).FirstOrDefault(o => o is not null);
    }

    static string? Part(string text, (int Min, int Max, string[] Names) field)
    {
        var step = text.Split('/');
        if (step.Length > 2)
            return $"too many slashes: {text}";
        var range = step[0].Split('-');
        if (range.Length > 2)
            return $"too many hyphens: {text}";
        var (low, high) = (field.Min, field.Max);
        if (range[0] is not ("*" or "?"))
        {
            if (Number(range[0], field, out low) is { } wrong)
                return wrong;
            high = step.Length == 2 && range.Length == 1 ? field.Max : low;
            if (range.Length == 2 && Number(range[1], field, out high) is { } wrongEnd)
                return wrongEnd;
        }

        if (step.Length == 2 && Number(step[1], (0, int.MaxValue, []), out var every) is var noStep && (noStep is not null || every == 0))
            return noStep ?? $"step of range should be a positive number: {text}";
        return low < field.Min ? $"beginning of range ({low}) below minimum ({field.Min}): {text}"
            : high > field.Max ? $"end of range ({high}) above maximum ({field.Max}): {text}"
            : low > high ? $"beginning of range ({low}) beyond end of range ({high}): {text}" : null;
    }

    static string? Number(string text, (int Min, int Max, string[] Names) field, out int value)
    {
        var named = Array.IndexOf(field.Names, text.ToLowerInvariant());
        value = named >= 0 ? named + field.Min : 0;
        return named >= 0 || int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out value) ? null
            : $"failed to parse int from {text}: strconv.Atoi: parsing {GoSyntax.Quote(text)}: invalid syntax";
    }
}
