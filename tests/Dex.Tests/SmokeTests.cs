using Dex.Yaml;

namespace Dex.Tests;

public sealed class SmokeTests
{
    [Fact]
    public void A_span_prints_as_users_click_it() =>
        Assert.Equal("dex.yaml:4:7", new SourceSpan("dex.yaml", 4, 7, 0, 1).ToString());
}
