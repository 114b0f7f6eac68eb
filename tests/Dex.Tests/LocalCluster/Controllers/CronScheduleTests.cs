using System.Globalization;
using Dex.LocalCluster.Controllers;

namespace Dex.Tests.LocalCluster.Controllers;

public sealed class CronScheduleTests
{
    [Theory]
    [InlineData("* * * * *", "2026-01-05T10:00:00Z", "2026-01-05T10:01:00Z")]
    [InlineData("* * * * *", "2026-01-05T10:00:59Z", "2026-01-05T10:01:00Z")]
    [InlineData("*/15 * * * *", "2026-01-05T10:46:00Z", "2026-01-05T11:00:00Z")]
    [InlineData("30 9-17/4 * * *", "2026-01-05T10:00:00Z", "2026-01-05T13:30:00Z")]
    [InlineData("0 0 1 * *", "2026-01-05T10:00:00Z", "2026-02-01T00:00:00Z")]
    [InlineData("0 0 29 2 *", "2026-01-05T10:00:00Z", "2028-02-29T00:00:00Z")]
    [InlineData("0 12 * * mon-fri", "2026-01-09T12:00:00Z", "2026-01-12T12:00:00Z")]
    [InlineData("0 12 * * 7", "2026-01-05T10:00:00Z", "2026-01-11T12:00:00Z")]
    [InlineData("0 0 13 * 5", "2026-01-05T10:00:00Z", "2026-01-09T00:00:00Z")]
    [InlineData("0 0 1 JAN,jul ?", "2026-01-05T10:00:00Z", "2026-07-01T00:00:00Z")]
    [InlineData("@hourly", "2026-01-05T10:00:00Z", "2026-01-05T11:00:00Z")]
    [InlineData("@weekly", "2026-01-05T10:00:00Z", "2026-01-11T00:00:00Z")]
    [InlineData("@every 1h30m", "2026-01-05T10:00:00Z", "2026-01-05T11:30:00Z")]
    [InlineData("5/20 * * * *", "2026-01-05T10:30:00Z", "2026-01-05T10:45:00Z")]
    public void The_next_time_is_found(string schedule, string after, string next) =>
        Assert.Equal(Time(next), CronSchedule.Parse(schedule).Next(Time(after), TimeZoneInfo.Utc));

    [Theory]
    [InlineData("")]
    [InlineData("* * * *")]
    [InlineData("60 * * * *")]
    [InlineData("5-1 * * * *")]
    [InlineData("*/0 * * * *")]
    [InlineData("* * * foo *")]
    [InlineData("@every soon")]
    [InlineData("@never")]
    public void What_is_no_schedule_is_refused(string schedule) => Assert.Throws<FormatException>(() => CronSchedule.Parse(schedule));

    [Fact]
    public void A_date_that_never_comes_has_no_next_time() => Assert.Null(CronSchedule.Parse("0 0 31 2 *").Next(Time("2026-01-05T10:00:00Z"), TimeZoneInfo.Utc));

    [Fact]
    public void Times_follow_the_wall_clock_of_the_zone()
    {
        var zone = TimeZoneInfo.FindSystemTimeZoneById("America/New_York");
        var schedule = CronSchedule.Parse("30 2 * * *");

        Assert.Equal(Time("2026-03-07T07:30:00Z"), schedule.Next(Time("2026-03-07T00:00:00Z"), zone));
        Assert.Equal(Time("2026-03-09T06:30:00Z"), schedule.Next(Time("2026-03-07T07:30:00Z"), zone));
        Assert.Equal(Time("2026-11-01T06:00:00Z"), CronSchedule.Parse("0 * * * *").Next(Time("2026-11-01T05:00:00Z"), zone));
    }

    [Theory]
    [InlineData("*/10 * * * *", "2026-01-01T00:00:00Z", "2026-01-05T10:05:00Z", "2026-01-05T10:00:00Z")]
    [InlineData("0 0 1 1 *", "2020-06-01T00:00:00Z", "2026-01-05T10:05:00Z", "2026-01-01T00:00:00Z")]
    [InlineData("0 0 1 * *", "2026-01-02T00:00:00Z", "2026-01-05T10:05:00Z", null)]
    [InlineData("0 10 * * *", "2026-01-04T10:00:00Z", "2026-01-05T10:00:00Z", "2026-01-05T10:00:00Z")]
    public void The_last_missed_time_is_found(string schedule, string after, string until, string? last) =>
        Assert.Equal(last is null ? null : Time(last), CronSchedule.Parse(schedule).Last(Time(after), Time(until), TimeZoneInfo.Utc));

    static DateTimeOffset Time(string text) => DateTimeOffset.Parse(text, CultureInfo.InvariantCulture);
}
