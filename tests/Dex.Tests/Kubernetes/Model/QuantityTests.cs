using Dex.Kubernetes.Model;

namespace Dex.Tests.Kubernetes.Model;

public sealed class QuantityTests
{
    [Theory]
    [InlineData("100m", 0.1)]
    [InlineData("1", 1)]
    [InlineData("0.5", 0.5)]
    [InlineData(".5", 0.5)]
    [InlineData("1.5Gi", 1610612736)]
    [InlineData("2e3", 2000)]
    [InlineData("1E", 1e18)]
    [InlineData("-3k", -3000)]
    [InlineData("250u", 0.00025)]
    public void Text_has_the_value_that_Kubernetes_gives_it(string text, double value) =>
        Assert.Equal((decimal)value, Quantity.Parse(text).Value);

    [Theory]
    [InlineData("1000m", "1")]
    [InlineData("0.5", "500m")]
    [InlineData("1024Mi", "1Gi")]
    [InlineData("1.5Gi", "1536Mi")]
    [InlineData("2e3", "2k")]
    [InlineData("1500", "1500")]
    [InlineData("0.1Ki", "102400m")]
    [InlineData("0", "0")]
    public void The_canonical_form_has_no_fraction_and_the_largest_suffix(string text, string canonical) =>
        Assert.Equal(canonical, Quantity.Parse(text).ToString());

    [Theory]
    [InlineData("")]
    [InlineData("Gi")]
    [InlineData("1.2.3")]
    [InlineData("1 Gi")]
    [InlineData("1GiB")]
    [InlineData("1e99")]
    public void What_is_no_quantity_is_refused(string text) => Assert.False(Quantity.TryParse(text, out _));

    [Fact]
    public void Comparison_is_by_amount_and_not_by_spelling()
    {
        Assert.Equal(Quantity.Parse("1Gi"), Quantity.Parse("1024Mi"));
        Assert.True(Quantity.Parse("999m") < Quantity.Parse("1"));
        Assert.Equal("1536Mi", (Quantity.Parse("1Gi") + Quantity.Parse("512Mi")).ToString());
    }
}
