using System.Text.Json.Nodes;
using Dex.Kubernetes.Model;
using Dex.LocalCluster.Api;
using Dex.LocalCluster.Api.Schema;
using Encoding = System.Text.Encoding;

namespace Dex.Tests.LocalCluster.Schema;

public class ValidationTests
{
    [Fact]
    public void What_a_real_server_refuses_is_refused_in_its_words()
    {
        var compared = 0;
        foreach (var (note, type, body, response) in RecordedObjectTests.Creates(422).Where(e => e.Response.Text("details", "kind") == e.Type.Kind))
        {
            var value = Prepare(type, body);
            var expected = response.Items("details", "causes").Select(c => $"{c.Text("reason")} {c.Text("field")}: {c.Text("message")}").ToList();

            Assert.Equal(expected, Validation.Create(type, value).Select(e => $"{e.Reason} {e.Field}: {e.Message}"));
            Assert.NotEmpty(note);
            compared++;
        }

        Assert.True(compared >= 8, $"only {compared} refusals compared");
    }

    [Fact]
    public void What_a_real_server_accepts_is_accepted()
    {
        foreach (var (note, type, body, response) in RecordedObjectTests.Creates(201))
        {
            var value = Prepare(type, body);
            value.Metadata()["name"] = response.Name();

            Assert.True(Validation.Create(type, value) is [], $"{note}: {string.Join("; ", Validation.Create(type, value))}");
            Assert.True(Validation.Update(type, value.Copy(), value) is [], note);
        }
    }

    [Theory]
    [InlineData("pods", """{"spec":{"containers":[{"name":"C","image":"i","resources":{"requests":{"cpu":"2"},"limits":{"cpu":"1"}}}]}}""",
        "spec.containers[0].name: Invalid value: \"C\": a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')",
        "spec.containers[0].resources.requests: Invalid value: \"2\": must be less than or equal to cpu limit of 1")]
    [InlineData("pods", """{"spec":{"containers":[{"name":"c","image":"i","livenessProbe":{"httpGet":{"port":0}},"readinessProbe":{}}]}}""",
        "spec.containers[0].livenessProbe.httpGet.port: Invalid value: 0: must be between 1 and 65535, inclusive",
        "spec.containers[0].readinessProbe: Required value: must specify a handler type")]
    [InlineData("services", """{"spec":{"ports":[{"port":80},{"port":81,"name":"a"}]}}""", "spec.ports[0].name: Required value")]
    [InlineData("services", """{"spec":{}}""", "spec.ports: Required value")]
    [InlineData("statefulsets", """{"spec":{"serviceName":"s","selector":{"matchLabels":{"a":"b"}},"volumeClaimTemplates":[{"metadata":{"name":"data"},"spec":{"accessModes":["ReadWriteOnce"],"resources":{"requests":{"storage":"1Gi"}}}}],"template":{"metadata":{"labels":{"a":"b"}},"spec":{"containers":[{"name":"c","image":"i","volumeMounts":[{"name":"data","mountPath":"/data"},{"name":"other","mountPath":"/other"}]}]}}}}""",
        "spec.template.spec.containers[0].volumeMounts[1].name: Not found: \"other\"")]
    [InlineData("deployments", """{"spec":{"selector":{"matchLabels":{"a":"b"}},"strategy":{"type":"RollingUpdate","rollingUpdate":{"maxSurge":0,"maxUnavailable":0}},"template":{"metadata":{"labels":{"a":"b"}},"spec":{"containers":[{"name":"c","image":"i"}]}}}}""",
        "spec.strategy.rollingUpdate.maxUnavailable: Invalid value: intstr.IntOrString{Type:0, IntVal:0, StrVal:\"\"}: may not be 0 when `maxSurge` is 0")]
    [InlineData("jobs", """{"spec":{"template":{"spec":{"containers":[{"name":"c","image":"i"}]}}}}""",
        "spec.template.spec.restartPolicy: Required value: valid values: \"OnFailure\", \"Never\"")]
    [InlineData("cronjobs", """{"spec":{"schedule":"61 * * * *","jobTemplate":{"spec":{"template":{"spec":{"restartPolicy":"Never","containers":[{"name":"c","image":"i"}]}}}}}}""",
        "spec.schedule: Invalid value: \"61 * * * *\": end of range (61) above maximum (59): 61")]
    [InlineData("configmaps", """{"data":{"a b":"c"}}""",
        "data[a b]: Invalid value: \"a b\": a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')")]
    [InlineData("secrets", """{"type":"kubernetes.io/tls"}""", "data[tls.crt]: Required value", "data[tls.key]: Required value")]
    [InlineData("persistentvolumeclaims", """{"spec":{}}""", "spec.accessModes: Required value: at least 1 access mode is required", "spec.resources[storage]: Required value")]
    [InlineData("roles", """{"rules":[{"resources":["pods"]}]}""", "rules[0].verbs: Required value: verbs must contain at least one value", "rules[0].apiGroups: Required value: resource rules must supply at least one api group")]
    [InlineData("horizontalpodautoscalers", """{"spec":{"minReplicas":3,"maxReplicas":2,"scaleTargetRef":{"kind":"Deployment","name":"d"}}}""",
        "spec.maxReplicas: Invalid value: 2: must be greater than or equal to `minReplicas`")]
    [InlineData("customresourcedefinitions", """{"spec":{"group":"g.io","scope":"Namespaced","names":{"plural":"xs","kind":"X"},"versions":[{"name":"v1","served":true,"storage":true,"schema":{"openAPIV3Schema":{"type":"object","properties":{"spec":{}}}}}]}}""",
        "metadata.name: Invalid value: \"x\": must be spec.names.plural+\".\"+spec.group",
        "spec.versions[0].schema.openAPIV3Schema.properties[spec].type: Required value: must not be empty for specified object fields")]
    public void Mistakes_are_named(string plural, string body, params string[] errors)
    {
        var value = Prepare(Type(plural), body);
        value.Metadata()["name"] = "x";

        Assert.Equal(errors, Validation.Create(Type(plural), value).Select(e => e.ToString()));
    }

    [Theory]
    [InlineData("secrets", """{"type":"Opaque"}""", """{"type":"other"}""", "type: Invalid value: \"other\": field is immutable")]
    [InlineData("configmaps", """{"immutable":true,"data":{"a":"1"}}""", """{"immutable":true,"data":{"a":"2"}}""", "data: Forbidden: field is immutable when `immutable` is set")]
    [InlineData("rolebindings", """{"roleRef":{"kind":"Role","name":"a"}}""", """{"roleRef":{"kind":"Role","name":"b"}}""",
        "roleRef: Invalid value: rbac.RoleRef{APIGroup:\"rbac.authorization.k8s.io\", Kind:\"Role\", Name:\"b\"}: cannot change roleRef")]
    [InlineData("deployments", """{"spec":{"selector":{"matchLabels":{"a":"b"}},"template":{"metadata":{"labels":{"a":"b","c":"d"}},"spec":{"containers":[{"name":"c","image":"i"}]}}}}""",
        """{"spec":{"selector":{"matchLabels":{"c":"d"}},"template":{"metadata":{"labels":{"a":"b","c":"d"}},"spec":{"containers":[{"name":"c","image":"i"}]}}}}""",
        "spec.selector: Invalid value: v1.LabelSelector{MatchLabels:map[string]string{\"c\":\"d\"}, MatchExpressions:[]v1.LabelSelectorRequirement(nil)}: field is immutable")]
    public void What_may_not_change_may_not_change(string plural, string live, string next, string error)
    {
        var (before, after) = (Prepare(Type(plural), live), Prepare(Type(plural), next));
        before.Metadata()["name"] = "x";
        after.Metadata()["name"] = "x";

        Assert.Equal([error], Validation.Update(Type(plural), after, before).Select(e => e.ToString()));
    }

    [Fact]
    public void A_pod_may_be_bound_and_its_image_replaced_but_no_more()
    {
        var live = Prepare(Type("pods"), """{"metadata":{"name":"x"},"spec":{"containers":[{"name":"c","image":"i"}]}}""");
        var bound = live.Copy();
        bound.Child("spec")["nodeName"] = "n";
        bound.Items("spec", "containers").Single()["image"] = "j";
        var changed = live.Copy();
        changed.Items("spec", "containers").Single()["command"] = new JsonArray("sh");

        Assert.Empty(Validation.Update(Type("pods"), bound, live));
        Assert.StartsWith("Forbidden: pod updates may not change fields other than", Assert.Single(Validation.Update(Type("pods"), changed, live)).Message, StringComparison.Ordinal);
    }

    static JsonObject Prepare(ResourceType type, string body) =>
        Defaults.Apply(type, Decoder.Decode(Encoding.UTF8.GetBytes(body), "application/json", type).Object);

    static ResourceType Type(string plural) => BuiltInResources.All.First(t => t.Plural == plural);
}
