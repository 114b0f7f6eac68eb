using System.Text.Json.Nodes;
using Dex.Kubernetes.Model;
using Dex.LocalCluster.Api;
using Dex.LocalCluster.Api.Apply;
using Dex.LocalCluster.Api.Http;

namespace Dex.LocalCluster.Auth;

/// <summary>The kinds that are questions: who am I, may I, may they, whose token is this. Answered, never stored.</summary>
sealed class ReviewHandler(Authorizer authorizer, Authenticator authenticator, FieldOwnership ownership)
{
    public async Task HandleAsync(ApiRequest request)
    {
        if (request.Info.Verb != "create")
            throw ApiErrors.MethodNotAllowed();
        var body = await BodyDecoder.DecodeAsync(request);
        var status = request.Type.Plural switch
        {
            "selfsubjectreviews" => new JsonObject { ["userInfo"] = UserInfo(request.User) },
            "selfsubjectaccessreviews" => Decision(request.User, body),
            "subjectaccessreviews" or "localsubjectaccessreviews" => Decision(Subject(body), body),
            "selfsubjectrulesreviews" => Rules(request.User, body.Text("spec", "namespace") ?? ""),
            "tokenreviews" => TokenStatus(body),
            _ => throw ApiErrors.UnknownResource(),
        };
        var answer = new JsonObject { ["kind"] = request.Type.Kind, ["apiVersion"] = request.Type.GroupVersion, ["metadata"] = Metadata(request) };
        if (body["spec"] is { } spec)
            answer["spec"] = spec.DeepClone();
        // Nothing is stored, and yet the real server records who asked.
        ownership.Update(request.Type, live: null, answer, request.WriteOptions("CreateOptions"));
        answer["status"] = status;
        await ResponseWriter.WriteAsync(request.Http, 201, answer, request.Form);
    }

    static JsonObject Metadata(ApiRequest request) => new()
    {
        ["creationTimestamp"] = request.Type.Plural == "selfsubjectreviews" ? ObjectMetadata.Now(request.Time) : null,
    };

    JsonObject Decision(User user, JsonObject body)
    {
        var attributes = body.Object("spec", "resourceAttributes");
        var access = attributes is not null
            ? new AccessRequest(attributes.Text("verb") ?? "")
            {
                Group = attributes.Text("group") ?? "",
                Resource = attributes.Text("resource") ?? "",
                Subresource = attributes.Text("subresource") ?? "",
                Namespace = attributes.Text("namespace") ?? "",
                Name = attributes.Text("name") ?? "",
            }
            : new AccessRequest(body.Text("spec", "nonResourceAttributes", "verb") ?? "") { Path = body.Text("spec", "nonResourceAttributes", "path") ?? "" };
        return new JsonObject { ["allowed"] = authorizer.Allows(user, access) };
    }

    static User Subject(JsonObject body) => new(body.Text("spec", "user") ?? "", body.TextList("spec", "groups"));

    JsonObject Rules(User user, string ns)
    {
        var rules = authorizer.RulesOf(user, ns).ToList();
        return new JsonObject
        {
            ["resourceRules"] = new JsonArray([.. rules.Where(r => r.Resources.Count > 0).Select(r => r.ToJson(isResource: true))]),
            ["nonResourceRules"] = new JsonArray([.. rules.Where(r => r.Paths.Count > 0).Select(r => r.ToJson(isResource: false))]),
            ["incomplete"] = false,
        };
    }

    JsonObject TokenStatus(JsonObject body)
    {
        var audiences = body.TextList("spec", "audiences");
        if (authenticator.ByToken(body.Text("spec", "token") ?? "", audiences) is not { } user)
            return new JsonObject { ["user"] = new JsonObject(), ["error"] = "[invalid bearer token]" };
        var status = new JsonObject { ["authenticated"] = true, ["user"] = UserInfo(user) };
        status["audiences"] = new JsonArray([.. (audiences.Count == 0 ? [ServiceAccountTokens.Issuer] : audiences).Select(a => (JsonNode)a)]);
        return status;
    }

    static JsonObject UserInfo(User user)
    {
        var info = new JsonObject { ["username"] = user.Name };
        if (user.Uid.Length > 0)
            info["uid"] = user.Uid;
        info["groups"] = Strings(user.Groups);
        if (user.Extra.Count > 0)
            info["extra"] = new JsonObject(user.Extra.Select(e => KeyValuePair.Create(e.Key, (JsonNode?)Strings(e.Value))));
        return info;
    }

    static JsonArray Strings(IEnumerable<string> values) => new([.. values.Select(v => (JsonNode)v)]);
}
