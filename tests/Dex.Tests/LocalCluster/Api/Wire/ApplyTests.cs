using System.Net;
using System.Text.Json.Nodes;

namespace Dex.Tests.LocalCluster.Api.Wire;

public sealed class ApplyTests : WireTest
{
    [Fact]
    public async Task Two_managers_of_the_same_value_share_it()
    {
        await ApplyAsync("m1", """{"a":"1"}""");

        var second = await ApplyAsync("m2", """{"a":"1"}""");

        Assert.Equal(HttpStatusCode.OK, second.Status);
        Assert.Equal(["m1", "m2"], Managers(second));
    }

    [Fact]
    public async Task A_field_that_its_last_owner_stops_naming_goes()
    {
        await ApplyAsync("m1", """{"a":"1","b":"2"}""");
        await ApplyAsync("m2", """{"b":"2"}""");

        var answer = await ApplyAsync("m1", "{}");

        Assert.Equal("""{"b":"2"}""", answer.Json["data"]!.ToJsonString());
    }

    [Fact]
    public async Task Changing_what_others_own_names_every_field_and_owner()
    {
        await ApplyAsync("m1", """{"a":"1","b":"2"}""");

        var answer = await ApplyAsync("m2", """{"a":"x","b":"y"}""");

        Assert.Equal(HttpStatusCode.Conflict, answer.Status);
        Assert.Equal("Apply failed with 2 conflicts: conflicts with \"m1\":\n- .data.a\n- .data.b", answer.Message);
    }

    [Fact]
    public async Task Force_takes_the_fields_from_the_others()
    {
        await ApplyAsync("m1", """{"a":"1"}""");

        var answer = await ApplyAsync("m2", """{"a":"x"}""", "&force=true");

        Assert.Equal("x", (string?)answer.Json["data"]!["a"]);
        Assert.Equal(["m2"], Managers(answer));
    }

    [Fact]
    public async Task Applying_the_same_again_keeps_the_revision()
    {
        var first = await ApplyAsync("m1", """{"a":"1"}""");

        var second = await ApplyAsync("m1", """{"a":"1"}""");

        Assert.Equal(first.Revision, second.Revision);
    }

    [Fact]
    public async Task An_apply_body_may_be_yaml()
    {
        var answer = await SendAsync("PATCH", $"{ConfigMaps}/y1?fieldManager=m", "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: y1\ndata:\n  a: \"1\"\n", Apply);

        Assert.Equal(HttpStatusCode.Created, answer.Status);
        Assert.Equal("1", (string?)answer.Json["data"]!["a"]);
    }

    [Fact]
    public async Task The_records_can_be_rewritten_by_a_json_patch_as_kubectl_does_when_it_migrates()
    {
        await ApplyAsync("m1", """{"a":"1"}""");

        var answer = await SendAsync("PATCH", $"{ConfigMaps}/a", """[{"op":"replace","path":"/metadata/managedFields/0/manager","value":"renamed"}]""", "application/json-patch+json");

        Assert.Equal(["renamed"], Managers(answer));
    }

    [Fact]
    public async Task More_than_ten_updaters_are_folded_into_ancient_changes()
    {
        await CreateAsync("a");
        for (var i = 0; i < 12; i++)
            await SendAsync("PATCH", $"{ConfigMaps}/a?fieldManager=u{i}", $$$"""{"data":{"k{{{i}}}":"v"}}""", Merge);

        var managers = Managers(await SendAsync("GET", $"{ConfigMaps}/a"));

        Assert.Contains("ancient-changes", managers);
        Assert.InRange(managers.Count, 1, 11);
    }

    [Fact]
    public async Task Kubectl_takes_over_what_it_applied_on_the_client_side_before()
    {
        const string Before = """{\"apiVersion\":\"v1\",\"kind\":\"ConfigMap\",\"metadata\":{\"name\":\"a\"},\"data\":{\"a\":\"1\"}}""";
        await SendAsync("POST", $"{ConfigMaps}?fieldManager=kubectl-client-side-apply",
            $$$"""{"metadata":{"name":"a","annotations":{"kubectl.kubernetes.io/last-applied-configuration":"{{{Before}}}"}},"data":{"a":"1"}}""");

        Assert.Equal(HttpStatusCode.Conflict, (await ApplyAsync("other", """{"a":"2"}""")).Status);
        Assert.Equal(HttpStatusCode.OK, (await ApplyAsync("kubectl", """{"a":"2"}""")).Status);
    }

    Task<Answer> ApplyAsync(string manager, string data, string more = "") => SendAsync("PATCH", $"{ConfigMaps}/a?fieldManager={manager}{more}",
        $$"""{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a"},"data":{{data}}}""", Apply);

    static List<string> Managers(Answer answer) =>
        [.. (answer.Json["metadata"]!["managedFields"] as JsonArray ?? []).Select(m => (string)m!["manager"]!).Order(StringComparer.Ordinal)];
}
