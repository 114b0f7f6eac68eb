using System.Text.Json.Nodes;

namespace Dex.Tests.LocalCluster.Api.Wire;

/// <summary>What differs from kind to kind: defaults, generations, field selectors.</summary>
public sealed class KindFactTests : WireTest
{
    const string Ns = "/namespaces/default", Template = """{"metadata":{"labels":{"a":"b"}},"spec":{"containers":[{"name":"c","image":"i:1"}]}}""", Selector = """{"matchLabels":{"a":"b"}}""";

    /// <summary>A small object and what the stored one has besides, as <c>path=value</c>; <c>path=</c> says that there is none.</summary>
    static readonly (string Path, string Body, string Has)[] Kinds =
    [
        ($"/api/v1{Ns}/pods", """{"metadata":{"name":"p"},"spec":{"schedulerName":"nobody","containers":[{"name":"c","image":"i:1","ports":[{"containerPort":80}],"resources":{"limits":{"cpu":"1"}},"readinessProbe":{"httpGet":{"port":80}},"env":[{"name":"E","valueFrom":{"fieldRef":{"fieldPath":"metadata.name"}}}]},{"name":"l","image":"i"}],"volumes":[{"name":"s","secret":{"secretName":"x"}},{"name":"m","configMap":{"name":"x"}},{"name":"h","hostPath":{"path":"/x"}}]}}""",
            """
            metadata/generation= spec/restartPolicy=Always spec/terminationGracePeriodSeconds=30 spec/dnsPolicy=ClusterFirst spec/enableServiceLinks=true spec/securityContext={}
            spec/serviceAccountName=default spec/serviceAccount=default status/phase=Pending status/qosClass=Burstable spec/containers/0/terminationMessagePath=/dev/termination-log
            spec/containers/0/terminationMessagePolicy=File spec/containers/0/imagePullPolicy=IfNotPresent spec/containers/1/imagePullPolicy=Always spec/containers/1/resources={}
            spec/containers/0/ports/0/protocol=TCP spec/containers/0/resources/requests/cpu=1 spec/containers/0/readinessProbe/timeoutSeconds=1 spec/containers/0/readinessProbe/periodSeconds=10
            spec/containers/0/readinessProbe/successThreshold=1 spec/containers/0/readinessProbe/failureThreshold=3 spec/containers/0/readinessProbe/httpGet/scheme=HTTP
            spec/containers/0/readinessProbe/httpGet/path=/ spec/containers/0/env/0/valueFrom/fieldRef/apiVersion=v1 spec/volumes/0/secret/defaultMode=420 spec/volumes/1/configMap/defaultMode=420
            spec/tolerations/0/tolerationSeconds=300 spec/volumes/3/projected/defaultMode=420
            """),
        ($"/apis/apps/v1{Ns}/deployments", $$"""{"metadata":{"name":"d"},"spec":{"selector":{{Selector}},"template":{{Template}} } }""",
            """
            metadata/generation=1 spec/replicas=1 spec/strategy/type=RollingUpdate spec/strategy/rollingUpdate/maxSurge=25% spec/strategy/rollingUpdate/maxUnavailable=25% spec/revisionHistoryLimit=10
            spec/progressDeadlineSeconds=600 spec/template/metadata/creationTimestamp=null spec/template/spec/schedulerName=default-scheduler
            """),
        ($"/apis/apps/v1{Ns}/statefulsets", $$"""{"metadata":{"name":"s"},"spec":{"serviceName":"s","selector":{{Selector}},"template":{{Template}},"volumeClaimTemplates":[{"metadata":{"name":"v"},"spec":{"accessModes":["ReadWriteOnce"],"resources":{"requests":{"storage":"1Gi"} } } }] } }""",
            """
            metadata/generation=1 spec/podManagementPolicy=OrderedReady spec/updateStrategy/type=RollingUpdate spec/updateStrategy/rollingUpdate/partition=0 spec/revisionHistoryLimit=10
            spec/persistentVolumeClaimRetentionPolicy/whenDeleted=Retain spec/volumeClaimTemplates/0/kind=PersistentVolumeClaim spec/volumeClaimTemplates/0/apiVersion=v1
            spec/volumeClaimTemplates/0/spec/volumeMode=Filesystem spec/volumeClaimTemplates/0/status/phase=Pending
            """),
        ($"/apis/apps/v1{Ns}/daemonsets", $$"""{"metadata":{"name":"d"},"spec":{"selector":{{Selector}},"template":{{Template}} } }""",
            """metadata/generation=1 spec/updateStrategy/rollingUpdate/maxUnavailable=1 spec/updateStrategy/rollingUpdate/maxSurge=0 spec/revisionHistoryLimit=10 metadata/annotations/deprecated.daemonset.template.generation=1"""),
        ($"/apis/apps/v1{Ns}/replicasets", $$"""{"metadata":{"name":"r"},"spec":{"selector":{{Selector}},"template":{{Template}} } }""", "metadata/generation=1 spec/replicas=1"),
        ($"/apis/batch/v1{Ns}/jobs", """{"metadata":{"name":"j"},"spec":{"template":{"spec":{"restartPolicy":"Never","containers":[{"name":"c","image":"i:1"}]}}}}""",
            """
            metadata/generation=1 spec/parallelism=1 spec/completions=1 spec/backoffLimit=6 spec/completionMode=NonIndexed spec/suspend=false spec/podReplacementPolicy=TerminatingOrFailed spec/manualSelector=false
            spec/template/metadata/labels/job-name=j spec/template/metadata/labels/batch.kubernetes.io~1job-name=j
            """),
        ($"/apis/batch/v1{Ns}/cronjobs", """{"metadata":{"name":"j"},"spec":{"schedule":"* * * * *","jobTemplate":{"spec":{"template":{"spec":{"restartPolicy":"Never","containers":[{"name":"c","image":"i:1"}]}}}}}}""",
            "metadata/generation=1 spec/concurrencyPolicy=Allow spec/suspend=false spec/successfulJobsHistoryLimit=3 spec/failedJobsHistoryLimit=1"),
        ($"/api/v1{Ns}/services", """{"metadata":{"name":"s"},"spec":{"type":"NodePort","ports":[{"port":80}]}}""",
            """
            metadata/generation= spec/sessionAffinity=None spec/ipFamilies/0=IPv4 spec/ipFamilyPolicy=SingleStack spec/internalTrafficPolicy=Cluster spec/externalTrafficPolicy=Cluster
            spec/ports/0/targetPort=80 spec/ports/0/protocol=TCP status/loadBalancer={}
            """),
        ($"/api/v1{Ns}/services", """{"metadata":{"name":"c"},"spec":{"ports":[{"port":80}]}}""", "spec/type=ClusterIP spec/externalTrafficPolicy="),
        ($"/api/v1{Ns}/secrets", """{"metadata":{"name":"s"},"stringData":{"a":"b"}}""", "metadata/generation= type=Opaque data/a=Yg== stringData="),
        ($"/api/v1{Ns}/configmaps", """{"metadata":{"name":"c"}}""", "metadata/generation= metadata/managedFields="),
        ($"/api/v1{Ns}/persistentvolumeclaims", """{"metadata":{"name":"c"},"spec":{"accessModes":["ReadWriteOnce"],"resources":{"requests":{"storage":"1Gi"}}}}""",
            "metadata/generation= spec/volumeMode=Filesystem metadata/finalizers/0=kubernetes.io~1pvc-protection status/phase=Pending"),
        ("/api/v1/persistentvolumes", """{"metadata":{"name":"v"},"spec":{"accessModes":["ReadWriteOnce"],"capacity":{"storage":"1Gi"},"hostPath":{"path":"/x"}}}""", "metadata/generation= spec/persistentVolumeReclaimPolicy=Retain"),
        ("/api/v1/namespaces", """{"metadata":{"name":"n"}}""", "metadata/generation= metadata/labels/kubernetes.io~1metadata.name=n spec/finalizers/0=kubernetes status/phase=Active"),
        ($"/apis/autoscaling/v2{Ns}/horizontalpodautoscalers", """{"metadata":{"name":"h"},"spec":{"maxReplicas":3,"scaleTargetRef":{"apiVersion":"apps/v1","kind":"Deployment","name":"d"}}}""",
            "metadata/generation= spec/minReplicas=1 spec/metrics/0/resource/name=cpu spec/metrics/0/resource/target/averageUtilization=80"),
        ($"/apis/networking.k8s.io/v1{Ns}/networkpolicies", """{"metadata":{"name":"n"},"spec":{"podSelector":{}}}""", "metadata/generation=1 spec/policyTypes/0=Ingress"),
        ($"/apis/networking.k8s.io/v1{Ns}/ingresses", """{"metadata":{"name":"i"},"spec":{"defaultBackend":{"service":{"name":"s","port":{"number":80}}}}}""", "metadata/generation=1"),
        ($"/apis/policy/v1{Ns}/poddisruptionbudgets", """{"metadata":{"name":"b"},"spec":{"minAvailable":1,"selector":{}}}""", "metadata/generation=1"),
        ("/apis/storage.k8s.io/v1/storageclasses", """{"metadata":{"name":"c"},"provisioner":"p"}""", "reclaimPolicy=Delete volumeBindingMode=Immediate"),
        ($"/apis/rbac.authorization.k8s.io/v1{Ns}/rolebindings", """{"metadata":{"name":"b"},"roleRef":{"apiGroup":"rbac.authorization.k8s.io","kind":"ClusterRole","name":"view"},"subjects":[{"kind":"User","name":"u"}]}""", "subjects/0/apiGroup=rbac.authorization.k8s.io"),
        ("/apis/apiextensions.k8s.io/v1/customresourcedefinitions", """{"metadata":{"name":"things.t.dev"},"spec":{"group":"t.dev","scope":"Namespaced","names":{"plural":"things","kind":"Thing"},"versions":[{"name":"v1","served":true,"storage":true,"schema":{"openAPIV3Schema":{"type":"object","x-kubernetes-preserve-unknown-fields":true}}}]}}""",
            "metadata/generation=1 spec/names/singular=thing spec/names/listKind=ThingList spec/conversion/strategy=None status/storedVersions/0=v1"),
        ($"/apis/t.dev/v1{Ns}/things", """{"apiVersion":"t.dev/v1","kind":"Thing","metadata":{"name":"t"},"spec":{"a":1}}""", "metadata/generation=1"),
    ];

    [Fact]
    public async Task Every_kind_is_stored_with_the_defaults_of_a_real_server()
    {
        var failures = new List<string>();
        foreach (var (path, body, has) in Kinds)
        {
            var answer = await SendAsync("POST", path, body);
            if ((int)answer.Status != 201)
                failures.Add($"{path}: {answer.Text}");
            foreach (var expectation in has.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries))
            {
                var equals = expectation.IndexOf('=');
                var (at, value) = (expectation[..equals], expectation[(equals + 1)..].Replace("~1", "/"));
                if (Find(answer.Json, at) is var found && found != value)
                    failures.Add($"{path}: {at} is {found}, not {value}");
            }
        }
        Assert.True(failures.Count == 0, string.Join('\n', failures));
    }

    [Theory]
    [InlineData("/api/v1/namespaces/default/pods", "metadata.name metadata.namespace spec.nodeName spec.restartPolicy spec.schedulerName spec.serviceAccountName spec.hostNetwork status.phase status.podIP status.nominatedNodeName")]
    [InlineData("/api/v1/namespaces/default/events", "involvedObject.kind involvedObject.namespace involvedObject.name involvedObject.uid involvedObject.apiVersion involvedObject.resourceVersion involvedObject.fieldPath reason reportingComponent source type")]
    [InlineData("/api/v1/namespaces/default/secrets", "type")]
    [InlineData("/api/v1/namespaces", "status.phase")]
    [InlineData("/api/v1/nodes", "spec.unschedulable")]
    [InlineData("/apis/batch/v1/namespaces/default/jobs", "status.successful")]
    [InlineData("/apis/apps/v1/namespaces/default/replicasets", "status.replicas")]
    [InlineData("/api/v1/namespaces/default/services", "spec.clusterIP spec.type")]
    [InlineData("/apis/certificates.k8s.io/v1/certificatesigningrequests", "spec.signerName")]
    public async Task The_fields_that_select_are_those_of_a_real_server(string path, string fields)
    {
        foreach (var field in fields.Split(' '))
            Assert.Equal((field, 200), (field, (int)(await SendAsync("GET", $"{path}?fieldSelector={field}%3Dx")).Status));
        Assert.Equal(400, (int)(await SendAsync("GET", $"{path}?fieldSelector=spec.other%3Dx")).Status);
    }

    static string Find(JsonObject body, string path)
    {
        JsonNode? node = body;
        foreach (var step in path.Split('/'))
        {
            var name = step.Replace("~1", "/");
            if (node is JsonObject map && !map.ContainsKey(name))
                return "";
            node = node is JsonArray list ? int.Parse(name) < list.Count ? list[int.Parse(name)] : null : (node as JsonObject)?[name];
        }
        return node is JsonValue value && value.TryGetValue(out string? text) ? text : node?.ToJsonString() ?? "null";
    }
}
