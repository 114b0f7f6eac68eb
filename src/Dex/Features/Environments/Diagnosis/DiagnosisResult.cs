using System.Text.Json;
using System.Text.Json.Serialization;
using Dex.Apply;
using Dex.Apply.Readiness;
using Dex.Yaml;

namespace Dex.Features.Environments.Diagnosis;

/// <summary>How an environment's objects are and why those that are not ready are not.</summary>
/// <param name="Environment">The key, <c>app/name</c>.</param>
/// <param name="Cluster">Its cluster.</param>
/// <param name="Namespace">Where its objects live.</param>
/// <param name="Findings">What is wrong; empty when everything is ready.</param>
/// <param name="Objects">Everything that makes pods, and what else is not ready.</param>
public sealed record DiagnosisResult(string Environment, string Cluster, string Namespace, IReadOnlyList<DiagnosisFinding> Findings, IReadOnlyList<ExaminedObject> Objects)
{
    /// <summary>The folder that everything was written to; null when it was not asked for.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Bundle { get; init; }
}

/// <summary>One thing that is wrong.</summary>
/// <param name="Code">The cause; <c>dex explain CODE</c> says more.</param>
/// <param name="Object">The object that is not ready because of it.</param>
public sealed record DiagnosisFinding(string Code, string Object, string Title, IReadOnlyList<string> Details, string? Help)
{
    /// <summary>As the user sees it.</summary>
    internal Diagnostic ToDiagnostic() => new(Code, Title) { Details = Details, Help = Help };
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = false, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    Converters = [typeof(ObjectNameConverter), typeof(ReasonCodeConverter), typeof(ReadyStateConverter)])]
[JsonSerializable(typeof(DiagnosisResult))]
sealed partial class DiagnosisJson : JsonSerializerContext;

/// <summary>Objects are written as people name them: <c>Deployment/web</c>.</summary>
sealed class ObjectNameConverter : JsonConverter<ObjectRef>
{
    public override ObjectRef Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => throw new NotSupportedException();

    public override void Write(Utf8JsonWriter writer, ObjectRef value, JsonSerializerOptions options) => writer.WriteStringValue(value.ToString());
}

/// <summary>The reason itself stands among the findings.</summary>
sealed class ReasonCodeConverter : JsonConverter<Diagnostic>
{
    public override Diagnostic Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => throw new NotSupportedException();

    public override void Write(Utf8JsonWriter writer, Diagnostic value, JsonSerializerOptions options) => writer.WriteStringValue(value.Code);
}

sealed class ReadyStateConverter() : JsonStringEnumConverter<ReadyState>(JsonNamingPolicy.CamelCase);
