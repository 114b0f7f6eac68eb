using System.Text.Json.Nodes;
using Dex.Kubernetes.Model;

namespace Dex.Tests.Kubernetes.Model;

public sealed class LabelSelectorTests
{
    static readonly Dictionary<string, string> Labels = new(StringComparer.Ordinal) { ["app"] = "web", ["tier"] = "", ["dex.dev/env"] = "pr-1" };

    [Theory]
    [InlineData("", true)]
    [InlineData("app=web", true)]
    [InlineData("app==web,dex.dev/env=pr-1", true)]
    [InlineData("app=api", false)]
    [InlineData("app!=api", true)]
    [InlineData("other!=x", true)]
    [InlineData("app in (api, web)", true)]
    [InlineData("app notin (api,web)", false)]
    [InlineData("other notin (api)", true)]
    [InlineData("app", true)]
    [InlineData("!app", false)]
    [InlineData("!other , app", true)]
    [InlineData("tier=", true)]
    [InlineData("app in ()", false)]
    public void A_query_selects_as_the_API_does(string query, bool matches) =>
        Assert.Equal(matches, LabelSelector.Parse(query).Matches(Labels));

    [Theory]
    [InlineData("app=web,")]
    [InlineData("=web")]
    [InlineData("app in web")]
    [InlineData("app in (web")]
    [InlineData("app like (web)")]
    [InlineData("a=b c")]
    public void What_is_no_selector_is_refused(string query) => Assert.Throws<FormatException>(() => LabelSelector.Parse(query));

    [Fact]
    public void The_selector_of_an_object_has_exact_labels_and_expressions()
    {
        var selector = LabelSelector.From((JsonObject)JsonNode.Parse("""
            {"matchLabels":{"app":"web"},"matchExpressions":[{"key":"dex.dev/env","operator":"In","values":["pr-1","pr-2"]},{"key":"x","operator":"DoesNotExist"}]}
            """)!);
        Assert.True(selector.Matches(Labels));
        Assert.Equal("app=web,dex.dev/env in (pr-1,pr-2),!x", selector.ToString());
        Assert.Equal(selector.ToString(), LabelSelector.Parse(selector.ToString()).ToString());
    }
}
