using System.Text.Json.Nodes;
using Dex.Kubernetes.Model;
using Dex.LocalCluster.Controllers;

namespace Dex.Tests.LocalCluster.Controllers;

public sealed class JobTests : IAsyncLifetime
{
    const string Jobs = "jobs.batch";

    ControllerCluster _cluster = null!;

    public async ValueTask InitializeAsync() => _cluster = await ControllerCluster.StartAsync();

    public ValueTask DisposeAsync() => _cluster.DisposeAsync();

    [Fact]
    public async Task A_job_completes_when_enough_pods_have_succeeded()
    {
        _cluster.Kubelet.Decide = _ => Fate.Succeeds;
        await CreateAsync("sum", """ "parallelism":2,"completions":5 """);

        await _cluster.EventuallyAsync(() => Job("sum").HasCondition("Complete"), "complete");

        var job = Job("sum");
        Assert.Equal(5, job.Number("status", "succeeded"));
        Assert.Null(job.Number("status", "failed"));
        Assert.NotNull(job.Time("status", "completionTime"));
        Assert.Equal("CompletionsReached", job.Condition("SuccessCriteriaMet")!.Text("reason"));
        Assert.Equal("Reached expected number of succeeded pods", job.Condition("Complete")!.Text("message"));
        Assert.All(_cluster.List("pods"), p => Assert.Empty(p.Finalizers()));
        await _cluster.EventuallyAsync(() => _cluster.Events("Completed").SequenceEqual(["Job completed"]), "its event");
    }

    [Fact]
    public async Task No_more_pods_run_than_parallelism_allows()
    {
        await CreateAsync("sum", """ "parallelism":2,"completions":3 """);
        await _cluster.EventuallyAsync(() => Job("sum").Number("status", "ready") == 2, "two run");

        await EndAsync(_cluster.Pods()[0], Fate.Succeeds);
        await _cluster.EventuallyAsync(() => Job("sum").Number("status", "succeeded") == 1 && Job("sum").Number("status", "ready") == 2, "the third runs");
        await EndAsync(Running()[0], Fate.Succeeds);

        await _cluster.EventuallyAsync(() => Job("sum").Number("status", "succeeded") == 2 && Job("sum").Number("status", "active") == 1, "one is left");
        Assert.Equal(3, _cluster.List("pods").Count);
    }

    [Fact]
    public async Task Failures_back_off_and_end_the_job_at_the_limit()
    {
        _cluster.Kubelet.Decide = _ => Fate.Fails;
        await CreateAsync("bad", """ "backoffLimit":1 """);
        await _cluster.EventuallyAsync(() => Job("bad").Number("status", "failed") == 1, "the first failure");
        Assert.Single(_cluster.List("pods"));

        _cluster.Clock.Advance(TimeSpan.FromSeconds(11));

        await _cluster.EventuallyAsync(() => Job("bad").HasCondition("Failed"), "failed");
        Assert.Equal(2, Job("bad").Number("status", "failed"));
        Assert.Equal(2, _cluster.List("pods").Count);
        Assert.Equal("BackoffLimitExceeded", Job("bad").Condition("Failed")!.Text("reason"));
        await _cluster.EventuallyAsync(() => _cluster.Events("BackoffLimitExceeded").SequenceEqual(["Job has reached the specified backoff limit"]), "its event");
    }

    [Fact]
    public async Task Indexed_jobs_run_each_index_once_and_know_it()
    {
        _cluster.Kubelet.Decide = p => p.Annotation("batch.kubernetes.io/job-completion-index") == "1" ? Fate.Ready : Fate.Succeeds;
        await CreateAsync("shards", """ "completionMode":"Indexed","parallelism":4,"completions":4 """);

        await _cluster.EventuallyAsync(() => Job("shards").Text("status", "completedIndexes") == "0,2,3" && Running().Count == 1, "all but one");
        var last = Running().Single();
        Assert.StartsWith("shards-1-", last.Name());
        Assert.Equal("shards-1", last.Text("spec", "hostname"));
        Assert.Equal("JOB_COMPLETION_INDEX", last.Items("spec", "containers").Single().Items("env").Single().Text("name"));
        await EndAsync(last, Fate.Succeeds);

        await _cluster.EventuallyAsync(() => Job("shards").HasCondition("Complete"), "complete");
        Assert.Equal("0-3", Job("shards").Text("status", "completedIndexes"));
        Assert.Equal(4, _cluster.List("pods").Count);
    }

    [Fact]
    public async Task A_deadline_ends_the_job_and_its_pods()
    {
        await CreateAsync("slow", """ "activeDeadlineSeconds":30 """);
        await _cluster.EventuallyAsync(() => Job("slow").Number("status", "ready") == 1, "it runs");

        _cluster.Clock.Advance(TimeSpan.FromSeconds(31));

        await _cluster.EventuallyAsync(() => Job("slow").HasCondition("Failed") && _cluster.Pods().Count == 0, "failed");
        Assert.Equal("DeadlineExceeded", Job("slow").Condition("Failed")!.Text("reason"));
    }

    [Fact]
    public async Task A_finished_job_is_deleted_after_its_time_to_live()
    {
        _cluster.Kubelet.Decide = _ => Fate.Succeeds;
        await CreateAsync("brief", """ "ttlSecondsAfterFinished":60 """);
        await _cluster.EventuallyAsync(() => Job("brief").HasCondition("Complete"), "complete");

        _cluster.Clock.Advance(TimeSpan.FromSeconds(61));

        await _cluster.EventuallyAsync(() => _cluster.Find(Jobs, "brief") is null && _cluster.List("pods").Count == 0, "job and pods are gone");
    }

    [Fact]
    public async Task Suspension_ends_the_pods_and_resumption_starts_them_again()
    {
        await CreateAsync("pause", """ "parallelism":1 """);
        await _cluster.EventuallyAsync(() => Job("pause").Number("status", "ready") == 1, "it runs");

        await _cluster.PatchSpecAsync(Jobs, "pause", """{"suspend":true}""");
        await _cluster.EventuallyAsync(() => Job("pause").HasCondition("Suspended") && _cluster.Pods().Count == 0 && Job("pause").Number("status", "active") is null, "suspended");
        Assert.Null(Job("pause").Text("status", "startTime"));
        Assert.Null(Job("pause").Number("status", "failed"));
        await _cluster.PatchSpecAsync(Jobs, "pause", """{"suspend":false}""");

        await _cluster.EventuallyAsync(() => Job("pause").Number("status", "ready") == 1 && Job("pause").Condition("Suspended")!.Text("reason") == "JobResumed", "resumed");
    }

    [Fact]
    public async Task A_pod_failure_policy_can_end_the_job_or_ignore_the_failure()
    {
        _cluster.Kubelet.Decide = _ => Fate.Fails;
        await CreateAsync("fatal", """ "podFailurePolicy":{"rules":[{"action":"FailJob","onExitCodes":{"operator":"In","values":[3]}}]} """);
        await _cluster.EventuallyAsync(() => Job("fatal").HasCondition("Failed"), "failed at once");
        Assert.Equal("PodFailurePolicy", Job("fatal").Condition("Failed")!.Text("reason"));
        Assert.Contains("failed with exit code 3 matching FailJob rule at index 0", Job("fatal").Condition("Failed")!.Text("message"));

        await CreateAsync("patient", """ "backoffLimit":0,"podFailurePolicy":{"rules":[{"action":"Ignore","onExitCodes":{"operator":"In","values":[3]}}]} """);
        await _cluster.EventuallyAsync(() => _cluster.List("pods").Any(p => p.Name().StartsWith("patient") && p.Text("status", "phase") == "Failed" && p.Finalizers().Count == 0), "a failure");
        _cluster.Kubelet.Decide = _ => Fate.Succeeds;
        _cluster.Clock.Advance(TimeSpan.FromSeconds(11));

        await _cluster.EventuallyAsync(() => Job("patient").HasCondition("Complete"), "complete in spite of it");
        Assert.Null(Job("patient").Number("status", "failed"));
    }

    [Fact]
    public async Task Removing_a_finished_pod_of_a_running_job_does_not_run_its_work_again()
    {
        await CreateAsync("sum", """ "parallelism":1,"completions":2 """);
        await _cluster.EventuallyAsync(() => Running().Count == 1, "it runs");
        var first = _cluster.Pods().Single().Name();
        await EndAsync(_cluster.Pods().Single(), Fate.Succeeds);
        await _cluster.EventuallyAsync(() => Job("sum").Number("status", "succeeded") == 1 && Running().Count == 1, "the second runs");

        await _cluster.DeleteAsync("pods", first);
        await EndAsync(Running().Single(), Fate.Succeeds);

        await _cluster.EventuallyAsync(() => Job("sum").HasCondition("Complete"), "complete after two");
        Assert.Equal(2, Job("sum").Number("status", "succeeded"));
    }

    [Theory]
    [InlineData("")]
    [InlineData("0")]
    [InlineData("0,1")]
    [InlineData("0-2,4,6-9")]
    public void Completed_indexes_read_back_as_written(string text) => Assert.Equal(text, JobIndexes.Format(JobIndexes.Parse(text)));

    JsonObject Job(string name) => _cluster.Get(Jobs, name);

    List<JsonObject> Running() => [.. _cluster.Pods().Where(p => p.Text("status", "phase") == "Running")];

    Task EndAsync(JsonObject pod, Fate fate) => _cluster.Kubelet.SetAsync(new("pods", "default", pod.Name()), fate);

    Task CreateAsync(string name, string spec)
    {
        var job = (JsonObject)JsonNode.Parse($$"""
            {"apiVersion":"batch/v1","kind":"Job","metadata":{"name":"{{name}}"},"spec":{ {{spec}},
             "template":{"metadata":{"labels":{"app":"{{name}}"} },"spec":{"restartPolicy":"Never","containers":[{"name":"main","image":"v1"}]} } } }
            """)!;
        // A job that says nothing gets one completion, as a defaulted one does; so does its selector.
        job.Object("spec")!["completions"] ??= 1;
        job.Object("spec")!["selector"] ??= new JsonObject { ["matchLabels"] = new JsonObject { ["app"] = name } };
        job.Object("spec")!["manualSelector"] = true;
        return _cluster.CreateAsync(Jobs, job.ToJsonString());
    }
}
