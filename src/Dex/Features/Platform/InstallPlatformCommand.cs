using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Dex.App;
using Dex.Kubernetes.Model;
using Dex.Terminal;
using Dex.Yaml;

namespace Dex.Features.Platform;

sealed class InstallPlatformCommand(PlatformInstaller operation) : DexCommand<InstallReport>
{
    readonly Option<string> _cluster = new("--cluster") { Description = "An entry of `clusters` in the nearest dex.yaml, or `local`", HelpName = "NAME", Required = true };
    readonly Option<bool> _role = new("--role") { Description = "The rights that environments need in the namespace that they share" };
    readonly Option<bool> _gc = new("--gc") { Description = "A CronJob that runs `dex env gc`, and a service account that may read and delete objects of every kind" };
    readonly Option<string?> _image = new("--image") { Description = "The image of that CronJob, whose entrypoint is dex (default on the embedded cluster: this program)", HelpName = "REF" };
    readonly Option<string> _schedule = new("--schedule") { Description = "When that CronJob runs", HelpName = "CRON", DefaultValueFactory = _ => "*/15 * * * *" };
    readonly Option<string?> _user = new("--user") { Description = "Give them to a user, by the name that the cluster knows", HelpName = "U" };
    readonly Option<string?> _group = new("--group") { Description = "Give them to a group", HelpName = "G" };
    readonly Option<string?> _serviceAccount = new("--service-account") { Description = "Give them to a service account", HelpName = "NS/NAME" };
    readonly Option<string[]> _with = new("--with") { Description = "Another resource that manifests of your apps use, as `certificates.cert-manager.io`", HelpName = "RESOURCE", DefaultValueFactory = _ => [] };
    readonly Option<string> _output = new("--output") { Description = "yaml or json", HelpName = "yaml|json", DefaultValueFactory = _ => "yaml" };
    readonly Option<bool> _apply = new("--apply") { Description = "Send it to the cluster instead of printing it; needs rights to give rights" };
    bool _asJson;

    public override string Example => "platform install --cluster nonprod --role --group developers";

    protected override JsonTypeInfo<InstallReport> Json => PlatformJson.Default.InstallReport;

    public override void Configure(Command command)
    {
        foreach (var option in new Option[] { _cluster, _role, _gc, _image, _schedule, _user, _group, _serviceAccount, _with, _output, _apply }) command.Options.Add(option);
        _output.AcceptOnlyFromAmong("yaml", "json");
    }

    protected override Task<InstallReport> RunAsync(ParseResult parse, CancellationToken cancellationToken)
    {
        var (role, gc) = (parse.GetValue(_role), parse.GetValue(_gc));
        if (!role && !gc) throw PlatformErrors.NothingAsked();
        _asJson = parse.GetValue(_output) == "json";
        return operation.RunAsync(new InstallRequest(parse.GetRequiredValue(_cluster), role ? Subject(parse) : null, parse.GetValue(_with) ?? [], parse.GetValue(_apply))
        {
            Gc = gc ? new GcRequest(parse.GetValue(_image), parse.GetRequiredValue(_schedule)) : null,
        }, cancellationToken);
    }

    protected override void Render(InstallReport result, ITerminal terminal)
    {
        if (result.Applied)
        {
            foreach (var obj in result.Objects.Cast<JsonObject>()) terminal.WriteLine($"applied  {obj.Kind()}/{obj.Name()}{(obj.Namespace().Length > 0 ? $" in {obj.Namespace()}" : "")}");
            return;
        }

        if (_asJson)
        {
            var list = new JsonObject { ["apiVersion"] = "v1", ["kind"] = "List", ["items"] = new JsonArray([.. result.Objects.Select(item => item.DeepClone())]) };
            terminal.WriteLine(list.ToJsonString(new JsonSerializerOptions { WriteIndented = true }));
        }
        else foreach (var item in result.Objects) terminal.WriteLine("---\n" + YamlWriter.ToString(item).TrimEnd('\n'));
    }

    RoleSubject Subject(ParseResult parse)
    {
        RoleSubject?[] given =
        [
            parse.GetValue(_user) is { Length: > 0 } user ? new RoleSubject("User", user) : null,
            parse.GetValue(_group) is { Length: > 0 } group ? new RoleSubject("Group", group) : null,
            parse.GetValue(_serviceAccount) is { Length: > 0 } account
                ? account.Split('/') is [{ Length: > 0 } ns, { Length: > 0 } name] ? new RoleSubject("ServiceAccount", name, ns) : throw PlatformErrors.BadServiceAccount(account)
                : null,
        ];
        return given.OfType<RoleSubject>().ToList() is [var only] ? only : throw PlatformErrors.OneSubject();
    }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(InstallReport))]
[JsonSerializable(typeof(JsonNode))]
sealed partial class PlatformJson : JsonSerializerContext;
