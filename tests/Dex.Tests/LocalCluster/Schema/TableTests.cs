using System.Text.Json.Nodes;
using Dex.Kubernetes.Model;
using Dex.LocalCluster.Api;
using Dex.LocalCluster.Api.Schema;

namespace Dex.Tests.LocalCluster.Schema;

public class TableTests
{
    static readonly DateTimeOffset Now = new(2026, 1, 1, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public void Columns_are_those_of_a_real_server()
    {
        var tables = 0;
        foreach (var (type, table) in RecordedTables())
        {
            Assert.Equal(
                table.Items("columnDefinitions").Select(c => (c.Text("name"), c.Text("type"), c.Text("format"), c.Number("priority"), c.Text("description"))),
                Tables.Columns(type).Select(c => ((string?)c.Name, (string?)c.Type, (string?)c.Format, (long?)c.Priority, (string?)c.Description)));
            tables++;
        }

        Assert.True(tables > 20, $"only {tables} tables compared");
    }

    [Fact]
    public void Cells_of_recorded_objects_are_those_of_a_real_server()
    {
        var objects = RecordedObjectTests.Creates(201).Where(e => !e.Note.Contains("dryRun", StringComparison.Ordinal))
            .GroupBy(e => (e.Type.Plural, e.Response.Name())).ToDictionary(g => g.Key, g => g.Last().Response);
        var rows = 0;
        foreach (var (type, table) in RecordedTables().Where(t => t.Type.Plural is not ("jobs" or "namespaces")))
        {
            foreach (var row in table.Items("rows"))
            {
                if (objects.TryGetValue((type.Plural, row.Text("object", "metadata", "name")!), out var value) && type.Plural != "pods")
                {
                    var cells = Tables.Cells(type, value, value.CreationTimestamp()!.Value.AddSeconds(3));
                    Assert.Equal(Ageless((JsonArray)row["cells"]!), Ageless(cells));
                    rows++;
                }
            }
        }

        Assert.True(rows > 12, $"only {rows} rows compared");
    }

    [Theory]
    [InlineData("""{"phase":"Running","containerStatuses":[{"name":"a","ready":true,"restartCount":0,"state":{"running":{}}}]}""", "1/1", "Running", "0")]
    [InlineData("""{"phase":"Running","containerStatuses":[{"name":"a","restartCount":3,"state":{"waiting":{"reason":"CrashLoopBackOff"}},"lastState":{"terminated":{"finishedAt":"2026-01-01T11:55:00Z"}}}]}""", "0/1", "CrashLoopBackOff", "3 (5m ago)")]
    [InlineData("""{"phase":"Succeeded","containerStatuses":[{"name":"a","restartCount":0,"state":{"terminated":{"reason":"Completed","exitCode":0}}}]}""", "0/1", "Completed", "0")]
    [InlineData("""{"phase":"Failed","containerStatuses":[{"name":"a","restartCount":0,"state":{"terminated":{"exitCode":3}}}]}""", "0/1", "ExitCode:3", "0")]
    [InlineData("""{"phase":"Pending","initContainerStatuses":[{"name":"i","restartCount":0,"state":{"running":{}}}]}""", "0/1", "Init:0/1", "0")]
    [InlineData("""{"phase":"Pending","initContainerStatuses":[{"name":"i","restartCount":1,"state":{"terminated":{"reason":"Error","exitCode":1}}}]}""", "0/1", "Init:Error", "1")]
    [InlineData("""{"phase":"Pending","conditions":[{"type":"PodScheduled","status":"False","reason":"SchedulingGated"}]}""", "0/1", "SchedulingGated", "0")]
    public void A_pods_status_says_what_it_hangs_at(string status, string ready, string word, string restarts)
    {
        var pod = Parse($$"""{"metadata":{"name":"p","creationTimestamp":"2026-01-01T11:59:00Z"},"spec":{"containers":[{"name":"a"}],"initContainers":[{"name":"i"}]},"status":{{status}}}""");

        Assert.Equal(["p", ready, word, restarts, "60s"], Tables.Cells(Type("pods"), pod, Now).Take(5).Select(c => c!.GetValue<string>()));
    }

    [Theory]
    [InlineData(0, "0s")]
    [InlineData(119, "119s")]
    [InlineData(201, "3m21s")]
    [InlineData(600, "10m")]
    [InlineData(10800 + 60, "3h1m")]
    [InlineData(86400 * 3, "3d")]
    [InlineData(86400 * 800, "2y70d")]
    public void Ages_are_as_coarse_as_kubectls(int seconds, string text) => Assert.Equal(text, GoDuration.Human(TimeSpan.FromSeconds(seconds)));

    [Fact]
    public void Custom_columns_show_numbers_dates_and_nothing()
    {
        var type = CustomType.Resources(Parse("""
            {"spec":{"group":"g.io","names":{"plural":"as","kind":"A"},"versions":[{"name":"v1","served":true,"storage":true,"additionalPrinterColumns":[
              {"name":"N","type":"integer","jsonPath":".spec.n"},{"name":"When","type":"date","jsonPath":".status.at"},{"name":"List","type":"string","jsonPath":".spec.l"},{"name":"No","type":"string","jsonPath":".no"}]}]}}
            """)).Single();

        var cells = Tables.Cells(type, Parse("""{"metadata":{"name":"a"},"spec":{"n":2,"l":["x"]},"status":{"at":"2026-01-01T11:00:00Z"}}"""), Now);

        Assert.Equal("""["a",2,"60m","[\u0022x\u0022]",null]""", cells.ToJsonString());
    }

    static IEnumerable<(ResourceType Type, JsonObject Table)> RecordedTables()
    {
        foreach (var line in File.ReadLines(SharedData.Require("conformance/exchanges-1.32.jsonl")))
        {
            var exchange = Parse(line);
            var path = exchange.Text("request", "path")!;
            if (exchange.Object("response", "json") is { } table && table.Kind() == "Table" && !path.Contains("example.com", StringComparison.Ordinal))
            {
                yield return (Type(path.Split('/')[^1]), table);
            }
        }
    }

    static IEnumerable<string> Ageless(JsonArray cells) => cells.Select(c => c?.ToJsonString() ?? "null").Select(c => System.Text.RegularExpressions.Regex.IsMatch(c, "^\"\\d+s\"$") ? "age" : c);

    static ResourceType Type(string plural) => BuiltInResources.All.First(t => t.Plural == plural && t.GroupVersion == t.StorageVersion);

    static JsonObject Parse(string json) => (JsonObject)JsonNode.Parse(json)!;
}
