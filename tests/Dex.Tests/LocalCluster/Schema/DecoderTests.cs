using Dex.LocalCluster.Api;
using Dex.LocalCluster.Api.Schema;
using Encoding = System.Text.Encoding;

namespace Dex.Tests.LocalCluster.Schema;

public class DecoderTests
{
    [Fact]
    public void The_bytes_of_kubectl_create_namespace_decode()
    {
        var body = Convert.FromHexString("6b3873000a0f0a02763112094e616d657370616365121b0a130a03666f6f12001a0022002a0032003800420012001a020a001a002200");

        var decoded = Decoder.Decode(body, "application/vnd.kubernetes.protobuf", Type("", "namespaces"));

        Assert.Equal("""{"kind":"Namespace","apiVersion":"v1","metadata":{"name":"foo","creationTimestamp":null},"spec":{},"status":{}}""", decoded.Object.ToJsonString());
    }

    [Fact]
    public void Unknown_and_duplicate_fields_are_reported_with_their_path()
    {
        Assert.Equal(["unknown field \"metadata.foo\"", "unknown field \"dat\""], Strict("""{"metadata":{"name":"x","foo":1},"dat":{}}"""));
        Assert.Equal(["duplicate field \"metadata.name\""], Strict("""{"metadata":{"name":"x","name":"x"},"data":{}}"""));
        Assert.Equal(
            ["unknown field \"spec.containers[0].imag\""],
            Decode("pods", """{"metadata":{"name":"x"},"spec":{"containers":[{"name":"c","imag":"x"}]}}""").Strict);
    }

    [Theory]
    [InlineData("configmaps", """{"data":{"a":1}}""", "ConfigMap in version \"v1\" cannot be handled as a ConfigMap: json: cannot unmarshal number into Go struct field ConfigMap.data of type string")]
    [InlineData("pods", """{"spec":{"containers":[{"env":[{"name":"a","value":1}]}]}}""", "Pod in version \"v1\" cannot be handled as a Pod: json: cannot unmarshal number into Go struct field EnvVar.spec.containers.env.value of type string")]
    [InlineData("pods", """{"spec":{"containers":"x"}}""", "Pod in version \"v1\" cannot be handled as a Pod: json: cannot unmarshal string into Go struct field PodSpec.spec.containers of type []v1.Container")]
    [InlineData("pods", """{"spec":{"terminationGracePeriodSeconds":1.5}}""", "Pod in version \"v1\" cannot be handled as a Pod: json: cannot unmarshal number 1.5 into Go struct field PodSpec.spec.terminationGracePeriodSeconds of type int64")]
    [InlineData("configmaps", """{"kind":"Secret","apiVersion":"v1"}""", "Secret in version \"v1\" cannot be handled as a ConfigMap: converting (v1.Secret) to (core.ConfigMap): unknown conversion")]
    [InlineData("configmaps", """{"metadata":""", "the object provided is unrecognized (must be of type ConfigMap): couldn't get version/kind; json parse error: unexpected end of JSON input ({\"metadata\":)")]
    [InlineData("configmaps", "", "the object provided is unrecognized (must be of type ConfigMap): couldn't get version/kind; json parse error: unexpected end of JSON input (<empty>)")]
    [InlineData("persistentvolumeclaims", """{"spec":{"resources":{"requests":{"storage":"lots"}}}}""", "PersistentVolumeClaim in version \"v1\" cannot be handled as a PersistentVolumeClaim: quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'")]
    public void Wrong_types_are_refused_in_Gos_words(string resource, string body, string message) =>
        Assert.Equal(message, Assert.Throws<DecodeException>(() => Decode(resource, body)).Message);

    [Fact]
    public void Empty_values_are_written_as_Go_writes_them()
    {
        var pod = Decode("pods", """{"metadata":{"labels":{}},"spec":{"nodeName":"","terminationGracePeriodSeconds":0,"containers":[{"name":"c","env":[],"resources":{"limits":{"cpu":"0.5","memory":1073741824}}}]}}""").Object;

        Assert.Equal(
            """{"kind":"Pod","apiVersion":"v1","metadata":{"creationTimestamp":null},"spec":{"containers":[{"name":"c","resources":{"limits":{"cpu":"500m","memory":"1073741824"}}}],"terminationGracePeriodSeconds":0},"status":{}}""",
            pod.ToJsonString());
    }

    [Fact]
    public void Yaml_is_typed_as_kubectl_types_it()
    {
        var body = "kind: ConfigMap\nmetadata: {name: x}\ndata:\n  a: \"no\"\n  b: |\n    text\n"u8.ToArray();
        Assert.Equal(
            """{"kind":"ConfigMap","apiVersion":"v1","metadata":{"name":"x","creationTimestamp":null},"data":{"a":"no","b":"text\n"}}""",
            Decoder.Decode(body, "application/yaml", Type("", "configmaps")).Object.ToJsonString());

        var bare = Assert.Throws<DecodeException>(() => Decoder.Decode("data: {a: no}"u8.ToArray(), "application/yaml", Type("", "configmaps")));
        Assert.Contains("cannot unmarshal bool into Go struct field ConfigMap.data of type string", bare.Message);
    }

    [Fact]
    public void Every_built_in_object_survives_a_second_conversion()
    {
        foreach (var (note, type, _, response) in RecordedObjectTests.Creates(201))
        {
            var once = Defaults.Apply(type, response);
            Assert.True(once.ToJsonString() == Defaults.Apply(type, once).ToJsonString(), note);
        }
    }

    static IReadOnlyList<string> Strict(string body) => Decode("configmaps", body).Strict;

    static Decoded Decode(string resource, string body) => Decoder.Decode(Encoding.UTF8.GetBytes(body), "application/json", Type("", resource));

    static ResourceType Type(string group, string plural) => BuiltInResources.All.First(t => t.Group == group && t.Plural == plural);
}
