using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Dex.Apply;
using Dex.Apply.Planning;
using Dex.Features.Environments;
using Dex.Kubernetes.Model;

namespace Dex.Features.Deploy;

/// <summary>A plan between <c>dex diff --out</c> and <c>dex deploy --plan</c>.</summary>
static class PlanFile
{
    const string Environment = "environment";
    const string Notes = "notes";

    /// <summary>Writes a plan, readable by its owner only: it holds what Secrets will hold.</summary>
    public static async Task WriteAsync(string path, PreparedRelease prepared, Plan plan, JsonObject notes, CancellationToken cancellationToken)
    {
        var document = SavedPlan.Write(prepared.Release, plan);
        document[Environment] = prepared.Spec.ToJson();
        document[Notes] = notes.Copy();
        var partial = $"{path}.{Guid.NewGuid():n}";
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite };
        await using (var file = new FileStream(partial, options)) await file.WriteAsync(Encoding.UTF8.GetBytes(document.ToJsonString()), cancellationToken);
        File.Move(partial, path, overwrite: true);
    }

    /// <summary>Reads the document of a plan and the environment that it is for.</summary>
    public static async Task<(JsonObject Document, EnvironmentSpec Spec, JsonObject Notes)> ReadAsync(string path, CancellationToken cancellationToken)
    {
        JsonObject? document;
        try
        {
            document = JsonNode.Parse(await File.ReadAllBytesAsync(path, cancellationToken)) as JsonObject;
        }
        catch (Exception failure) when (failure is JsonException or IOException or UnauthorizedAccessException)
        {
            throw DeployErrors.UnreadablePlan(path, failure.Message);
        }

        var spec = document?.Object(Environment) is { } environment ? EnvironmentSpec.From(environment) : null;
        return spec is null ? throw DeployErrors.UnreadablePlan(path, "it names no environment") : (document!, spec, document!.Object(Notes) ?? []);
    }
}
