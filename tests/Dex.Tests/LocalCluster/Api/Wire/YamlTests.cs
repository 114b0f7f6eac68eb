using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Dex.Yaml;

namespace Dex.Tests.LocalCluster.Api.Wire;

public sealed class YamlTests : WireTest
{
    [Theory]
    [InlineData($"{ConfigMaps}/y", 200)]
    [InlineData(ConfigMaps, 200)]
    [InlineData("/api/v1/namespaces/default", 200)]
    [InlineData("/apis/apps/v1", 200)]
    [InlineData("/apis", 200)]
    [InlineData("/api", 200)]
    [InlineData("/version", 200)]
    [InlineData($"{ConfigMaps}/nobody", 404)]
    [InlineData($"{ConfigMaps}?limit=x&continue=z", 400)]
    public async Task Yaml_says_the_same_as_json(string path, int status)
    {
        await SendAsync("POST", ConfigMaps, """{"metadata":{"name":"y"},"data":{"n":"1","on":"yes","text":"a\nb: c\n","empty":""}}""");

        var json = await SendAsync("GET", path);
        var yaml = await SendAsync("GET", path, headers: ("Accept", "application/yaml"));

        Assert.Equal((status, status), ((int)json.Status, (int)yaml.Status));
        Assert.Equal("application/yaml", yaml.Headers["Content-Type"]);
        Assert.True(JsonNode.DeepEquals(json.Json, YamlJson.ToJsonNodes("answer", Encoding.UTF8.GetBytes(yaml.Text)).Single()), yaml.Text);
    }

    [Fact]
    public async Task Writes_are_answered_in_yaml_and_keys_are_sorted()
    {
        var answer = await SendAsync("POST", ConfigMaps, "metadata: {name: yy}\ndata: {b: '2', a: '1'}\n", "application/yaml", ("Accept", "application/yaml, application/json"));

        Assert.Equal(HttpStatusCode.Created, answer.Status);
        Assert.StartsWith("apiVersion: v1\ndata:\n  a: \"1\"\n  b: \"2\"\nkind: ConfigMap\nmetadata:\n", answer.Text);
    }

    [Fact]
    public async Task A_table_can_be_yaml_and_a_watch_cannot()
    {
        var table = await SendAsync("GET", ConfigMaps, headers: ("Accept", "application/yaml;as=Table;v=v1;g=meta.k8s.io"));
        var watch = await SendAsync("GET", $"{ConfigMaps}?watch=1", headers: ("Accept", "application/yaml"));

        Assert.Contains("\nkind: Table\n", table.Text);
        Assert.Equal(HttpStatusCode.NotAcceptable, watch.Status);
    }
}
