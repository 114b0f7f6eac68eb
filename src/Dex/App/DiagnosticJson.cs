using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Dex.Yaml;

namespace Dex.App;

/// <summary>Diagnostics for programs: <c>{"errors":[{code, severity, title, labels, details, help}]}</c>.</summary>
static class DiagnosticJson
{
    public static string Errors(IReadOnlyList<Diagnostic> diagnostics)
    {
        using var buffer = new MemoryStream();
        // Backticks stay readable: this is for terminals and programs, never for HTML.
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartObject();
            json.WriteStartArray("errors");
            foreach (var diagnostic in diagnostics) Write(json, diagnostic);
            json.WriteEndArray();
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(buffer.GetBuffer().AsSpan(0, (int)buffer.Length));
    }

    static void Write(Utf8JsonWriter json, Diagnostic diagnostic)
    {
        json.WriteStartObject();
        json.WriteString("code", diagnostic.Code);
        json.WriteString("severity", diagnostic.Severity == Severity.Error ? "error" : "warning");
        json.WriteString("title", diagnostic.Title);
        json.WriteStartArray("labels");
        foreach (var label in diagnostic.Labels)
        {
            json.WriteStartObject();
            json.WriteString("file", label.Span.File);
            json.WriteNumber("line", label.Span.Line);
            json.WriteNumber("column", label.Span.Column);
            json.WriteNumber("length", label.Span.Length);
            json.WriteString("text", label.Text);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteStartArray("details");
        foreach (var line in diagnostic.Details) json.WriteStringValue(line);
        json.WriteEndArray();
        if (diagnostic.Help is not null) json.WriteString("help", diagnostic.Help);
        json.WriteEndObject();
    }
}
