using System.Net;

namespace Dex.Tests.LocalCluster.Api.Wire;

public sealed class WriteTests : WireTest
{
    [Fact]
    public async Task A_put_without_a_revision_replaces_whatever_is_there()
    {
        await CreateAsync("a");

        var answer = await SendAsync("PUT", $"{ConfigMaps}/a", """{"metadata":{"name":"a"},"data":{"x":"1"}}""");

        Assert.Equal(HttpStatusCode.OK, answer.Status);
        Assert.Equal("1", (string?)answer.Json["data"]!["x"]);
        Assert.Null(answer.Json["data"]!["k"]);
    }

    [Fact]
    public async Task A_put_of_a_missing_lease_creates_it()
    {
        var answer = await SendAsync("PUT", "/apis/coordination.k8s.io/v1/namespaces/default/leases/l", """{"metadata":{"name":"l"},"spec":{"holderIdentity":"me"}}""");

        Assert.Equal(HttpStatusCode.Created, answer.Status);
    }

    [Fact]
    public async Task A_custom_resource_is_replaced_only_with_its_revision()
    {
        await DefineWidgetsAsync();
        await SendAsync("POST", Widgets, """{"apiVersion":"t.dev/v1","kind":"Widget","metadata":{"name":"w"},"spec":{"n":1}}""");

        var answer = await SendAsync("PUT", $"{Widgets}/w", """{"apiVersion":"t.dev/v1","kind":"Widget","metadata":{"name":"w"},"spec":{"n":2}}""");

        Assert.Equal(HttpStatusCode.UnprocessableEntity, answer.Status);
        Assert.Contains("metadata.resourceVersion", answer.Message);
    }

    [Fact]
    public async Task Custom_resources_are_served_as_soon_as_the_definition_is_created_and_gone_with_it()
    {
        await DefineWidgetsAsync();
        Assert.Equal(HttpStatusCode.Created, (await SendAsync("POST", Widgets, """{"apiVersion":"t.dev/v1","kind":"Widget","metadata":{"name":"w"},"spec":{"n":1}}""")).Status);

        await SendAsync("DELETE", "/apis/apiextensions.k8s.io/v1/customresourcedefinitions/widgets.t.dev");

        await EventuallyAsync(async () => (await SendAsync("GET", "/apis/t.dev/v1")).Status == HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task A_generated_name_is_the_prefix_and_five_characters()
    {
        var answer = await SendAsync("POST", ConfigMaps, """{"metadata":{"generateName":"g-"}}""");

        Assert.Matches("^g-[bcdfghjklmnpqrstvwxz2456789]{5}$", (string)answer.Json["metadata"]!["name"]!);
    }

    [Fact]
    public async Task A_dry_run_answers_like_the_real_thing_and_stores_nothing()
    {
        var answer = await SendAsync("POST", $"{ConfigMaps}?dryRun=All", """{"metadata":{"name":"dry"}}""");

        Assert.Equal(HttpStatusCode.Created, answer.Status);
        Assert.Equal(HttpStatusCode.NotFound, (await SendAsync("GET", $"{ConfigMaps}/dry")).Status);
    }

    [Fact]
    public async Task Deleting_a_pod_on_a_node_marks_it_and_a_shorter_period_shortens_it()
    {
        const string Pods = "/api/v1/namespaces/default/pods";
        await SendAsync("POST", Pods, """{"metadata":{"name":"p"},"spec":{"nodeName":"n","containers":[{"name":"c","image":"i"}]}}""");

        var first = await SendAsync("DELETE", $"{Pods}/p");
        var second = await SendAsync("DELETE", $"{Pods}/p?gracePeriodSeconds=3");

        Assert.Equal(30, (int)first.Json["metadata"]!["deletionGracePeriodSeconds"]!);
        Assert.Equal(3, (int)second.Json["metadata"]!["deletionGracePeriodSeconds"]!);
        Assert.Equal(HttpStatusCode.OK, (await SendAsync("DELETE", $"{Pods}/p?gracePeriodSeconds=0")).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await SendAsync("GET", $"{Pods}/p")).Status);
    }

    [Theory]
    [InlineData("alone", "log", 200, "")]
    [InlineData("alone", "log?container=z", 400, "container z is not valid for pod alone")]
    [InlineData("two", "log", 400, "a container name must be specified for pod two, choose one of: [a b]")]
    [InlineData("alone", "exec?command=ls", 400, "pod alone does not have a host assigned")]
    [InlineData("alone", "attach", 400, "pod alone does not have a host assigned")]
    [InlineData("alone", "portforward", 400, "pod alone does not have a host assigned")]
    [InlineData("bound", "log", 200, "")]
    [InlineData("bound", "exec?command=ls", 500, "node n does not answer: this cluster runs no pods")]
    public async Task Without_a_node_the_streams_of_a_pod_say_what_is_missing(string pod, string path, int status, string message)
    {
        const string Pods = "/api/v1/namespaces/default/pods";
        await SendAsync("POST", Pods, """{"metadata":{"name":"alone"},"spec":{"schedulerName":"nobody","containers":[{"name":"c","image":"i"}]}}""");
        await SendAsync("POST", Pods, """{"metadata":{"name":"two"},"spec":{"schedulerName":"nobody","containers":[{"name":"a","image":"i"},{"name":"b","image":"i"}]}}""");
        await SendAsync("POST", Pods, """{"metadata":{"name":"bound"},"spec":{"nodeName":"n","containers":[{"name":"c","image":"i"}]}}""");

        var answer = await SendAsync("GET", $"{Pods}/{pod}/{path}");

        Assert.Equal(status, (int)answer.Status);
        Assert.Equal(message, status == 200 ? answer.Text : answer.Message);
    }

    [Fact]
    public async Task An_eviction_against_a_budget_is_told_to_come_back_later()
    {
        const string Pods = "/api/v1/namespaces/default/pods";
        await SendAsync("POST", Pods, """{"metadata":{"name":"p","labels":{"a":"b"}},"spec":{"nodeName":"n","containers":[{"name":"c","image":"i"}]}}""");
        await SendAsync("PATCH", $"{Pods}/p/status", """{"status":{"phase":"Running","conditions":[{"type":"Ready","status":"True"}]}}""", Merge);
        await SendAsync("POST", "/apis/policy/v1/namespaces/default/poddisruptionbudgets", """{"metadata":{"name":"b"},"spec":{"minAvailable":1,"selector":{"matchLabels":{"a":"b"}}}}""");

        var answer = await SendAsync("POST", $"{Pods}/p/eviction", """{"apiVersion":"policy/v1","kind":"Eviction","metadata":{"name":"p"}}""");

        Assert.Equal(HttpStatusCode.TooManyRequests, answer.Status);
        Assert.Equal("DisruptionBudget", (string?)answer.Json["details"]!["causes"]![0]!["reason"]);
        Assert.True(answer.Headers.ContainsKey("Retry-After"));
    }

    const string Widgets = "/apis/t.dev/v1/namespaces/default/widgets";

    Task<Answer> DefineWidgetsAsync() => SendAsync("POST", "/apis/apiextensions.k8s.io/v1/customresourcedefinitions", """
        {"metadata":{"name":"widgets.t.dev"},"spec":{"group":"t.dev","scope":"Namespaced","names":{"plural":"widgets","kind":"Widget"},"versions":[{"name":"v1","served":true,"storage":true,
        "schema":{"openAPIV3Schema":{"type":"object","properties":{"spec":{"type":"object","properties":{"n":{"type":"integer"}}}}}}}]}}
        """);

    static async Task EventuallyAsync(Func<Task<bool>> holds)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(Ct);
        deadline.CancelAfter(TimeSpan.FromMinutes(3));
        while (!await holds())
            await Task.Delay(20, deadline.Token);
    }
}
