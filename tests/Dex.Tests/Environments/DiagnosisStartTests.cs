using static Dex.Tests.Environments.DiagnosisCluster;

namespace Dex.Tests.Environments;

/// <summary>Containers that never start.</summary>
public sealed class DiagnosisStartTests(DiagnosisCluster cluster) : IClassFixture<DiagnosisCluster>
{
    static readonly DiagnosisCases Cases = new()
    {
        { "no program", Web("command: [/app/servr]") },
        { "no program for the shell", Script("exec gunicron app:app") },
        { "not executable", Script("echo echo > /tmp/run.sh; exec /tmp/run.sh") },
        { "foreign image", Web("").Replace("IMAGE", "nginx:1.27", StringComparison.Ordinal) },
        { "no secret", Script("sleep 600", "env: [{ name: A, valueFrom: { secretKeyRef: { name: missing, key: k } } }]") },
        { "no map", Script("sleep 600", "envFrom: [{ configMapRef: { name: missing } }]") },
        { "no key", Script("sleep 600", "env: [{ name: A, valueFrom: { configMapKeyRef: { name: settings, key: colour } } }]") + Settings },
        { "no secret to mount", Script("sleep 600", pod: "volumes: [{ name: v, secret: { secretName: missing } }],") },
        { "no key to mount", Script("sleep 600", pod: "volumes: [{ name: v, configMap: { name: settings, items: [{ key: colour, path: c }] } }],") + Settings },
        { "no account", Script("sleep 600", pod: "serviceAccountName: robot,") },
        { "no claim", Script("sleep 600", pod: "volumes: [{ name: v, persistentVolumeClaim: { claimName: data } }],") },
        {
            "no storage class",
            Script("sleep 600", pod: "volumes: [{ name: v, persistentVolumeClaim: { claimName: data } }],") + """

            ---
            apiVersion: v1
            kind: PersistentVolumeClaim
            metadata: { name: data }
            spec: { storageClassName: fast, accessModes: [ReadWriteOnce], resources: { requests: { storage: 1Gi } } }
            """
        },
        { "no mount", Script("sleep 600", pod: "volumes: [{ name: v, hostPath: { path: /etc } }],"), 15 },
        { "no node", Script("sleep 600", pod: "nodeSelector: { disk: ssd },"), 15 },
        { "quota", Script("sleep 600") + Bounds("ResourceQuota", "hard: { pods: '0' }") },
        { "quota on what is not said", Script("sleep 600") + Bounds("ResourceQuota", "hard: { limits.memory: 1Gi }") },
        { "limits", Script("sleep 600", "resources: { limits: { memory: 1Gi } }") + Bounds("LimitRange", "limits: [{ type: Container, max: { memory: 64Mi } }]") },
    };

    const string Settings = """

        ---
        apiVersion: v1
        kind: ConfigMap
        metadata: { name: settings }
        data: { size: "1" }
        """;

    [Theory]
    [InlineData("no program", "DEX3103", "/app/servr")]
    [InlineData("no program for the shell", "DEX3103", "gunicron")]
    [InlineData("not executable", "DEX3302", "run.sh")]
    [InlineData("foreign image", "DEX3304", "nginx:1.27")]
    public async Task A_program_or_image_that_cannot_be_run_is_named(string name, string code, string word) => await HoldsAsync(name, code, word);

    [Theory]
    [InlineData("no secret", "DEX3105", "missing")]
    [InlineData("no map", "DEX3105", "missing")]
    [InlineData("no key", "DEX3307", "colour")]
    [InlineData("no secret to mount", "DEX3105", "missing")]
    [InlineData("no key to mount", "DEX3307", "colour")]
    [InlineData("no account", "DEX3316", "robot")]
    [InlineData("no claim", "DEX3309", "data")]
    public async Task What_it_refers_to_and_does_not_exist_is_named(string name, string code, string word) => await HoldsAsync(name, code, word);

    [Fact]
    public async Task A_claim_of_a_storage_class_that_does_not_exist_is_told_with_the_class()
    {
        await HoldsAsync("no storage class", "DEX3310", "claim data: 1Gi of storage class `fast`");
        await HoldsAsync("no storage class", "DEX3310", "storageclass.storage.k8s.io \"fast\" not found");
    }

    [Theory]
    [InlineData("no mount", "DEX3308", "hostPath /etc is refused")]
    [InlineData("no node", "DEX3106", "nodes are available")]
    public async Task What_may_still_pass_is_told_in_the_clusters_words_when_the_time_is_up(string name, string code, string words) => await HoldsAsync(name, code, words);

    [Theory]
    [InlineData("quota", "DEX3108", "exceeded quota")]
    [InlineData("quota on what is not said", "DEX3108", "must specify limits.memory")]
    [InlineData("limits", "DEX3317", "maximum memory usage per Container")]
    public async Task What_admission_does_not_allow_is_told_with_its_words(string name, string code, string words) => await HoldsAsync(name, code, words);

    async Task HoldsAsync(string name, string code, string words)
    {
        var found = await cluster.FailAsync(Cases, name);
        Assert.True(found.Code == code, $"{found.Code}: {found.Title}\n{string.Join('\n', found.Details)}");
        Assert.Contains(found.Details, line => line.Contains(words));
    }

    static string Bounds(string kind, string spec) => $$"""

        ---
        apiVersion: v1
        kind: {{kind}}
        metadata: { name: bounds }
        spec: { {{spec}} }
        """;
}
