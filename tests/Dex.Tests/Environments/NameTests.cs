using Dex.App;
using Dex.Features.Environments;

namespace Dex.Tests.Environments;

public sealed class NameTests
{
    [Fact]
    public void The_id_has_a_fixed_form_and_no_hyphen() =>
        Assert.Matches("^e[a-z2-7]{6}$", new EnvironmentKey("local", "shop", "bob").Id);

    [Fact]
    public void The_id_depends_on_cluster_app_and_name()
    {
        EnvironmentKey[] keys = [new("a", "b", "c"), new("x", "b", "c"), new("a", "x", "c"), new("a", "b", "x")];
        Assert.Equal(keys.Length, keys.Select(key => key.Id).Distinct().Count());
        Assert.Equal(new EnvironmentKey("a", "b", "c").Id, keys[0].Id);
    }

    [Theory]
    [InlineData("main", "main")]
    [InlineData("Feature/ADD_login", "feature-add-login")]
    [InlineData("--a--b--", "a-b")]
    public void A_slug_is_readable_where_it_can_be(string text, string slug) => Assert.Equal(slug, Slug.Of(text, 30));

    [Theory]
    [InlineData("größe")]
    [InlineData("日本語")]
    [InlineData("feature/a-branch-name-that-goes-on-and-on-and-on-for-two-hundred-characters")]
    [InlineData("///")]
    public void A_slug_of_anything_is_a_label_and_keeps_texts_apart(string text)
    {
        var slug = Slug.Of(text, 30);
        Assert.Matches("^[a-z0-9]([a-z0-9-]*[a-z0-9])?$", slug);
        Assert.InRange(slug.Length, 1, 30);
        Assert.NotEqual(slug, Slug.Of(text + "x", 30));
    }

    [Fact]
    public void The_address_is_one_label_that_fits()
    {
        var key = new EnvironmentKey("local", new string('a', 40), new string('b', 30));
        Assert.InRange(PreviewUrl.Label(key, new string('s', 20), isMain: false).Length, 1, 63);
        Assert.Equal($"shop-pr-1-{new EnvironmentKey("local", "shop", "pr-1").ShortId}", PreviewUrl.Label(new("local", "shop", "pr-1"), "web", isMain: true));
        Assert.StartsWith("api--shop-pr-1-", PreviewUrl.Label(new("local", "shop", "pr-1"), "api", isMain: false));
    }

    [Theory]
    [InlineData("given", null, null, "given")]
    [InlineData(null, null, "main", "ann-main")]
    [InlineData(null, null, null, "ann")]
    [InlineData(null, "refs/pull/412/merge", "main", "pr-412")]
    public void A_name_comes_from_what_is_known(string? given, string? reference, string? branch, string expected) =>
        Assert.Equal(expected, InstanceName.Choose(given, Host(reference is null ? [] : new() { ["GITHUB_REF"] = reference }), branch));

    [Fact]
    public void In_ci_a_branch_names_the_environment_whoever_pushed() =>
        Assert.Equal("br-feature-x", InstanceName.Choose(null, Host(new() { ["CI"] = "true", ["GITHUB_REF_NAME"] = "feature/x" }), null));

    [Fact]
    public void A_name_that_is_no_label_is_refused_with_one_that_is()
    {
        var error = Assert.Throws<UserError>(() => InstanceName.Choose("My Env", Host([]), null));
        Assert.Equal("DEX4001", error.Diagnostics[0].Code);
        Assert.Contains("`my-env`", error.Diagnostics[0].Help);
    }

    static Host Host(Dictionary<string, string> variables) => new()
    {
        Environment = variables,
        CurrentDirectory = "/",
        HomeDirectory = "/",
        UserName = "Ann",
        SelfCommand = ["dex"],
    };
}
