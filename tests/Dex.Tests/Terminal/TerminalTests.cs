using Dex.Terminal;

namespace Dex.Tests.Terminal;

public sealed class TerminalTests
{
    [Fact]
    public void A_table_is_aligned_and_shows_empty_cells()
    {
        var table = new Table("NAME", "STATUS").Row("a", "Ready").Row("longer", null);
        Assert.Equal(["NAME    STATUS", "a       Ready", "longer  -"], table.Lines());
    }

    [Theory]
    [InlineData(0.34, "340ms")]
    [InlineData(2.44, "2.4s")]
    [InlineData(72, "1m12s")]
    [InlineData(7380, "2h3m")]
    public void A_duration_is_short(double seconds, string text) => Assert.Equal(text, Durations.Short(TimeSpan.FromSeconds(seconds)));

    [Theory]
    [InlineData(5, "5s")]
    [InlineData(119, "119s")]
    [InlineData(300, "5m")]
    [InlineData(7200, "2h")]
    [InlineData(260000, "3d")]
    public void An_age_is_what_kubectl_prints(int seconds, string text) => Assert.Equal(text, Durations.Age(TimeSpan.FromSeconds(seconds)));
}
