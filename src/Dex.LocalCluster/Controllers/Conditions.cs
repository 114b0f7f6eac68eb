using System.Text.Json.Nodes;
using Dex.Kubernetes.Model;

namespace Dex.LocalCluster.Controllers;

/// <summary>The list <c>status.conditions</c>, with the rules of time that Kubernetes keeps.</summary>
static class Conditions
{
    /// <summary>Sets a condition; its transition time moves only when its status does. Nothing changes when all of it is the same.</summary>
    public static bool Set(JsonObject status, string type, string value, string reason, string message, DateTimeOffset now, bool withUpdateTime = false)
    {
        var list = ListOf(status);
        var old = Find(status, type);
        if (old is not null && old.Text("status") == value && old.Text("reason") == reason && (withUpdateTime || old.Text("message") == message))
        {
            // A Deployment's condition also keeps its message and time of update while status and reason stand.
            return false;
        }

        var condition = new JsonObject { ["type"] = type, ["status"] = value };
        if (withUpdateTime)
            condition["lastUpdateTime"] = Timestamp.Format(now);

        condition["lastTransitionTime"] = old?.Text("status") == value ? old.Text("lastTransitionTime") : Timestamp.Format(now);
        condition["reason"] = reason;
        condition["message"] = message;
        if (old is null)
            list.Add((JsonNode)condition);
        else
            list[list.IndexOf(old)] = condition;

        return true;
    }

    public static JsonObject? Find(JsonObject? status, string type) =>
        status?.Items("conditions").FirstOrDefault(c => c.Text("type") == type);

    public static bool Remove(JsonObject status, string type)
    {
        if (Find(status, type) is not { } condition)
            return false;

        ListOf(status).Remove(condition);
        if (ListOf(status).Count == 0)
            status.Remove("conditions");

        return true;
    }

    static JsonArray ListOf(JsonObject status)
    {
        if (status["conditions"] is not JsonArray list)
            status["conditions"] = list = [];

        return list;
    }
}
