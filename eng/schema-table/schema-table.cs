// Derives the two tables in src/Dex.LocalCluster/Api/Schema/Resources:
//   kubernetes-1.32.types.gz    for every API type its fields with Go type, JSON name, protobuf number, omitempty, list and map
//                               type, merge keys and defaults: names and numbers only, every description stays behind;
//   kubernetes-1.32.columns.gz  the descriptions of the columns of kubectl get, as columns.txt (beside this file) names them.
//
//   apt-get download golang-k8s-api-dev=0.32.3-1 golang-k8s-apimachinery-dev=0.32.3-2      (Debian trixie)
//   apt-get source --download-only kubernetes                                              (Debian bookworm, 1.20.2)
//   dpkg -x each .deb and unpack the source into folders, then
//   dotnet run eng/schema-table/schema-table.cs -- src/Dex.LocalCluster/Api/Schema/Resources DIR1/usr/share/gocode/src DIR2/staging/src
//
// Debian ships neither apiextensions-apiserver nor kube-aggregator on their own; their v1 types in 1.20 differ from 1.32 only by
// the additions below and by declaring their lists atomic, which the published OpenAPI document of 1.32 confirms (a test compares
// the whole table with it).
#:property PublishAot=false
#:property NoWarn=MA0047;CS1591
#:property RestorePackagesWithLockFile=false
using System.IO.Compression;
using System.Text;
using System.Text.RegularExpressions;

string[] packages =
[
    .. "core apps batch autoscaling networking policy rbac storage scheduling coordination discovery events certificates".Split(' ').Select(g => $"k8s.io/api/{g}/v1"),
    .. "admissionregistration authentication authorization node flowcontrol".Split(' ').Select(g => $"k8s.io/api/{g}/v1"),
    "k8s.io/api/autoscaling/v2", "k8s.io/apimachinery/pkg/apis/meta/v1",
    "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1", "k8s.io/kube-aggregator/pkg/apis/apiregistration/v1",
];
const string Additions = """
    type CustomResourceDefinitionVersion struct {
    	// +optional
    	// +listType=atomic
    	SelectableFields []SelectableField `json:"selectableFields,omitempty" protobuf:"bytes,9,rep,name=selectableFields"`
    }
    type SelectableField struct {
    	JSONPath string `json:"jsonPath" protobuf:"bytes,1,opt,name=jsonPath"`
    }
    type CustomResourceDefinitionStatus struct {
    	// +optional
    	// +listType=map
    	// +listMapKey=type
    	Conditions []CustomResourceDefinitionCondition `json:"conditions" protobuf:"bytes,1,opt,name=conditions"`
    }
    type JSONSchemaProps struct {
    	// +patchMergeKey=rule
    	// +patchStrategy=merge
    	// +listType=map
    	// +listMapKey=rule
    	XValidations []ValidationRule `json:"x-kubernetes-validations,omitempty" patchStrategy:"merge" patchMergeKey:"rule" protobuf:"bytes,44,rep,name=xKubernetesValidations"`
    }
    type ValidationRule struct {
    	Rule string `json:"rule" protobuf:"bytes,1,opt,name=rule"`
    	Message string `json:"message,omitempty" protobuf:"bytes,2,opt,name=message"`
    	MessageExpression string `json:"messageExpression,omitempty" protobuf:"bytes,3,opt,name=messageExpression"`
    	Reason *FieldValueErrorReason `json:"reason,omitempty" protobuf:"bytes,4,opt,name=reason"`
    	FieldPath string `json:"fieldPath,omitempty" protobuf:"bytes,5,opt,name=fieldPath"`
    	OptionalOldSelf *bool `json:"optionalOldSelf,omitempty" protobuf:"bytes,6,opt,name=optionalOldSelf"`
    }
    type FieldValueErrorReason string
    """;

var output = new StringBuilder();
var descriptions = new Dictionary<string, string>();
foreach (string package in packages)
{
    var folder = args.Skip(1).Select(root => Path.Combine(root, package)).FirstOrDefault(Directory.Exists)
        ?? throw new DirectoryNotFoundException($"{package} in none of {string.Join(", ", args.Skip(1))}");
    var files = Directory.EnumerateFiles(folder, "types*.go").Where(f => !f.EndsWith("_generated.go") && !f.EndsWith("_test.go")).Order(StringComparer.Ordinal);
    var parsed = new Package(package);
    foreach (var file in files) parsed.Read(File.ReadAllLines(file));
    if (package.Contains("apiextensions")) parsed.Read(Additions.ReplaceLineEndings("\n").Split('\n'));
    parsed.Write(output);
    if (Path.Combine(folder, "types_swagger_doc_generated.go") is var docs && File.Exists(docs)) parsed.Describe(File.ReadAllLines(docs), descriptions);
}

// resource|column|text, or =package.Type.field for that field's description; escaped as in Go.
var columns = new StringBuilder();
foreach (var line in File.ReadLines(Path.Combine(AppContext.GetData("EntryPointFileDirectoryPath") as string ?? ".", "columns.txt")))
{
    var parts = line.Split('|', 3);
    columns.Append(parts[0]).Append('|').Append(parts[1]).Append('|').Append(parts[2].StartsWith('=') ? descriptions[parts[2][1..]] : parts[2]).Append('\n');
}

Save("kubernetes-1.32.types.gz", output);
Save("kubernetes-1.32.columns.gz", columns);

void Save(string name, StringBuilder text)
{
    var path = Path.Combine(args[0], name);
    using (var file = File.Create(path))
    using (var gzip = new GZipStream(file, CompressionLevel.SmallestSize))
        gzip.Write(Encoding.UTF8.GetBytes(text.ToString()));
    var digest = Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(Encoding.UTF8.GetBytes(text.ToString())));
    Console.WriteLine($"{name}: {text.Length} characters, {new FileInfo(path).Length} bytes compressed, sha256 {digest}");
}

/// <summary>One Go package; a struct met twice is extended.</summary>
sealed partial class Package(string path)
{
    readonly Dictionary<string, string> imports = [];
    readonly Dictionary<string, string> constants = [];
    readonly Dictionary<string, string> named = [];
    readonly Dictionary<string, (bool Atomic, List<string> Fields)> structs = [];
    readonly List<string> order = [];

    public void Read(string[] lines)
    {
        var markers = new List<string>();
        List<string>? current = null;
        foreach (var line in lines)
        {
            var text = line.Trim();
            if (text.StartsWith("//", StringComparison.Ordinal)) { if (text[2..].Trim() is ['+', .. var marker]) markers.Add(marker); continue; }
            if (Import().Match(line) is { Success: true } import)
                imports[import.Groups[1].Value is { Length: > 0 } alias ? alias : import.Groups[2].Value.Split('/')[^1]] = import.Groups[2].Value;
            else if (Constant().Match(line) is { Success: true } constant)
                constants[constant.Groups[1].Value] = constant.Groups[2].Value;
            else if (line.StartsWith("type ", StringComparison.Ordinal) && line.Contains(" struct"))
            {
                var name = line.Split(' ')[1];
                if (!structs.ContainsKey(name)) { structs[name] = (markers.Contains("structType=atomic"), []); order.Add(name); }
                current = line.TrimEnd().EndsWith('}') ? null : structs[name].Fields;
                markers = [];
                continue;
            }
            else if (Named().Match(line) is { Success: true } type) named[type.Groups[1].Value] = Qualify(type.Groups[2].Value);
            else if (line.StartsWith('}')) current = null;
            else if (current is not null && Field().Match(line) is { Success: true } field)
            {
                var written = FieldLine(field, markers);
                // A field met twice: the addition replaces it.
                var at = current.FindIndex(f => f.Split('|')[0] is { Length: > 0 } name && name == written.Split('|')[0]);
                if (at >= 0) current[at] = written; else current.Add(written);
            }
            if (text.Length > 0) markers = [];
        }
    }

    // json|number|type|flags|extras, see TypeTable in src/Dex.LocalCluster/Api/Schema.
    string FieldLine(Match field, List<string> markers)
    {
        var (go, type, tags) = (field.Groups[1].Value, field.Groups[2].Value, field.Groups[3].Value);
        if (type.Length == 0) (type, go) = (go, go.Split('.')[^1]);
        string Tag(string name) => Regex.Match(tags, $"(?:^| ){name}:\"([^\"]*)\"").Groups[1].Value;
        string? Marker(string name) => markers.LastOrDefault(m => m.StartsWith(name + "=", StringComparison.Ordinal))?[(name.Length + 1)..];
        var json = Tag("json").Split(',');
        var proto = Tag("protobuf").Split(',');
        var strategy = (Tag("patchStrategy") is { Length: > 0 } tagged ? tagged : Marker("patchStrategy") ?? "").Split(',');
        var flags = string.Concat(
            json.Contains("omitempty") ? "o" : "", json.Contains("inline") ? "i" : "",
            json.Contains("omitempty") || markers.Contains("optional") || type.StartsWith('*') && markers.Contains("nullable") ? "?" : "",
            strategy.Contains("merge") ? "M" : "", strategy.Contains("retainKeys") ? "R" : "",
            Marker("listType") switch { "atomic" => "a", "set" => "s", "map" => "m", _ => path.Contains("apiextensions") && type.StartsWith("[]") ? "a" : "" },
            Marker("mapType") == "atomic" || Marker("structType") == "atomic" ? "A" : Marker("structType") == "granular" ? "G" : "");
        var mergeKey = Tag("patchMergeKey") is { Length: > 0 } key ? key : Marker("patchMergeKey") ?? "";
        var keys = string.Join(',', markers.Where(m => m.StartsWith("listMapKey=", StringComparison.Ordinal)).Select(m => m[11..]));
        var initial = Marker("default") is { } value ? value.StartsWith("ref(", StringComparison.Ordinal) ? $"\"{constants[value[4..^1]]}\"" : value : "";
        // Types with their own JSON form (JSONSchemaPropsOrArray and its kin) have no json tag: the Go name stands in.
        var name = json[0].Length > 0 ? json[0] : json.Contains("inline") ? "" : go;
        return string.Join('|', name, proto.Length > 1 ? proto[1] : "", Qualify(type), flags, mergeKey, keys, initial).TrimEnd('|');
    }

    // v1.Pod → core/v1.Pod, types.UID → types.UID, Pod → Pod (this package).
    string Qualify(string type) => Reference().Replace(type, m => imports.TryGetValue(m.Groups[1].Value, out var from) ? $"{Short(from)}.{m.Groups[2].Value}" : m.Value);

    static string Short(string package) => package.Split('/') is [.., var group, ['v', >= '0' and <= '9', ..] version] ? $"{group}/{version}" : package.Split('/')[^1];

    /// <summary>Reads the descriptions Go serves as API documentation.</summary>
    public void Describe(string[] lines, Dictionary<string, string> into)
    {
        var type = "";
        foreach (var line in lines)
        {
            if (DocumentedType().Match(line) is { Success: true } start) type = start.Groups[1].Value;
            else if (Description().Match(line) is { Success: true } field) into[$"{Short(path)}.{type}.{field.Groups[1].Value}"] = field.Groups[2].Value;
        }
    }

    public void Write(StringBuilder output)
    {
        output.Append('@').Append(Short(path)).Append(' ').Append(path).Append('\n');
        foreach (var (name, type) in named.OrderBy(n => n.Key, StringComparer.Ordinal)) output.Append('=').Append(name).Append(' ').Append(type).Append('\n');
        foreach (var name in order.Where(n => !structs[n].Fields.Exists(f => f.Contains("ListMeta"))))
        {
            output.Append('#').Append(name).Append(structs[name].Atomic ? " A" : "").Append('\n');
            foreach (var field in structs[name].Fields) output.Append(field).Append('\n');
        }
    }

    [GeneratedRegex("^(?:import |\\s+)(?:(\\w+) )?\"([\\w./-]+)\"$")] private static partial Regex Import();
    [GeneratedRegex("^\\s*(?:const )?(\\w+)(?:\\s+\\w+)?\\s*=\\s*\"([^\"]*)\"")] private static partial Regex Constant();
    [GeneratedRegex("^type (\\w+) =? ?([\\w\\[\\].*]+)$")] private static partial Regex Named();
    [GeneratedRegex("^\\s+([\\w.]+)\\s+([\\w\\[\\].*]*)\\s*`([^`]*)`")] private static partial Regex Field();
    [GeneratedRegex("^var map_(\\w+) = ")] private static partial Regex DocumentedType();
    [GeneratedRegex("^\t\"([^\"]*)\": +\"(.*)\",$")] private static partial Regex Description();
    [GeneratedRegex("\\b([a-z][a-z0-9]*)\\.([A-Z]\\w*)")] private static partial Regex Reference();
}
