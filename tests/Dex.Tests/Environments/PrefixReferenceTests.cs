using Dex.Features.Environments.Placement;
using Dex.Kubernetes.Model;
using static Dex.Tests.Environments.PrefixPlacements;

namespace Dex.Tests.Environments;

/// <summary>The prefix strategy as a function: what names another object follows it.</summary>
public sealed class PrefixReferenceTests
{
    [Fact]
    public void References_inside_a_pod_follow_and_those_to_objects_of_others_stay()
    {
        var pod = Place("""
            apiVersion: v1
            kind: ConfigMap
            metadata: { name: a }
            ---
            apiVersion: v1
            kind: Secret
            metadata: { name: a }
            ---
            apiVersion: v1
            kind: ServiceAccount
            metadata: { name: a }
            ---
            apiVersion: v1
            kind: PersistentVolumeClaim
            metadata: { name: a }
            ---
            apiVersion: batch/v1
            kind: CronJob
            metadata: { name: nightly }
            spec:
              jobTemplate:
                spec:
                  template:
                    spec:
                      serviceAccountName: a
                      imagePullSecrets: [{ name: a }, { name: registry }]
                      initContainers:
                      - { name: i, envFrom: [{ configMapRef: { name: a } }, { secretRef: { name: shared } }] }
                      containers:
                      - name: c
                        env:
                        - { name: A, valueFrom: { configMapKeyRef: { name: a, key: k } } }
                        - { name: B, valueFrom: { secretKeyRef: { name: a, key: k } } }
                        - { name: C, value: a }
                      volumes:
                      - { name: a, configMap: { name: a } }
                      - { name: b, secret: { secretName: a } }
                      - { name: c, persistentVolumeClaim: { claimName: a } }
                      - { name: d, projected: { sources: [{ configMap: { name: a } }, { secret: { name: a } }, { configMap: { name: kube-root-ca.crt } }] } }
            """).One("CronJob").Object("spec", "jobTemplate", "spec", "template", "spec")!;
        var text = pod.ToJsonString();
        Assert.Equal(10, text.Split($"\"{Id}-a\"").Length - 1);
        Assert.Equal(["registry", "shared", "kube-root-ca.crt"], new List<string?> { pod.Items("imagePullSecrets").Last().Text("name"), pod.Items("initContainers").Single().Items("envFrom").Last().Text("secretRef", "name"), pod.Items("volumes").Last().Items("projected", "sources").Last().Text("configMap", "name") });
        Assert.Equal("a", pod.Items("containers").Single().Items("env").Last().Text("value"));
        Assert.Equal("a", pod.Items("volumes").First().Text("name"));
    }

    [Fact]
    public void A_name_counts_for_its_own_kind_only()
    {
        var pod = Place("""
            apiVersion: v1
            kind: ConfigMap
            metadata: { name: a }
            ---
            apiVersion: v1
            kind: Pod
            metadata: { name: p }
            spec: { containers: [{ name: c, envFrom: [{ configMapRef: { name: a } }, { secretRef: { name: a } }] }] }
            """).One("Pod");
        Assert.Equal([$"{Id}-a", "a"], pod.Items("spec", "containers").Single().Items("envFrom").Select(from => from.Text("configMapRef", "name") ?? from.Text("secretRef", "name")));
    }

    [Fact]
    public void Routes_autoscalers_and_roles_follow_what_they_name()
    {
        var objects = Place("""
            apiVersion: v1
            kind: Service
            metadata: { name: web }
            spec: { selector: { app: web }, ports: [{ port: 80 }] }
            ---
            apiVersion: v1
            kind: Secret
            metadata: { name: tls }
            ---
            apiVersion: v1
            kind: ServiceAccount
            metadata: { name: web }
            ---
            apiVersion: apps/v1
            kind: StatefulSet
            metadata: { name: web }
            spec: { serviceName: web, selector: { matchLabels: { app: web } }, template: { metadata: { labels: { app: web } } }, volumeClaimTemplates: [{ metadata: { name: data } }] }
            ---
            apiVersion: networking.k8s.io/v1
            kind: Ingress
            metadata: { name: web, annotations: { nginx.ingress.kubernetes.io/auth-secret: team/tls } }
            spec: { tls: [{ secretName: tls }, { secretName: wildcard }], rules: [{ http: { paths: [{ backend: { service: { name: web, port: { number: 80 } } } }] } }] }
            ---
            apiVersion: gateway.networking.k8s.io/v1
            kind: HTTPRoute
            metadata: { name: web }
            spec: { parentRefs: [{ name: internal, namespace: gateways }], rules: [{ backendRefs: [{ name: web, port: 80 }, { name: web, namespace: elsewhere, port: 80 }, { kind: Service, group: "", name: web }] }] }
            ---
            apiVersion: autoscaling/v2
            kind: HorizontalPodAutoscaler
            metadata: { name: web }
            spec: { scaleTargetRef: { apiVersion: apps/v1, kind: StatefulSet, name: web } }
            ---
            apiVersion: keda.sh/v1alpha1
            kind: ScaledObject
            metadata: { name: web }
            spec: { scaleTargetRef: { kind: StatefulSet, name: web }, triggers: [{ type: kubernetes-workload, metadata: { podSelector: app=web }, authenticationRef: { name: auth } }] }
            ---
            apiVersion: keda.sh/v1alpha1
            kind: TriggerAuthentication
            metadata: { name: auth }
            spec: { secretTargetRef: [{ name: tls, key: k, parameter: p }] }
            ---
            apiVersion: rbac.authorization.k8s.io/v1
            kind: Role
            metadata: { name: web }
            rules: [{ apiGroups: [""], resources: [secrets, configmaps], resourceNames: [tls, shared], verbs: [get] }]
            ---
            apiVersion: rbac.authorization.k8s.io/v1
            kind: RoleBinding
            metadata: { name: web }
            roleRef: { apiGroup: rbac.authorization.k8s.io, kind: Role, name: web }
            subjects: [{ kind: ServiceAccount, name: web }, { kind: User, name: web }]
            ---
            apiVersion: v1
            kind: PersistentVolumeClaim
            metadata: { name: data-web-0 }
            """);
        Assert.Equal($"{Id}-web", objects.One("StatefulSet").Text("spec", "serviceName"));
        Assert.Equal("data", objects.One("StatefulSet").Items("spec", "volumeClaimTemplates").Single().Name());
        Assert.Equal($"data-{Id}-web-0", objects.Single(obj => obj.Kind() == "PersistentVolumeClaim").Name());
        var ingress = objects.One("Ingress");
        Assert.Equal([$"{Id}-tls", "wildcard"], ingress.Items("spec", "tls").Select(tls => tls.Text("secretName")));
        Assert.Equal($"team/{Id}-tls", ingress.Annotation("nginx.ingress.kubernetes.io/auth-secret"));
        Assert.Equal($"{Id}-web", ingress.Items("spec", "rules").Single().Items("http", "paths").Single().Text("backend", "service", "name"));
        var route = objects.One("HTTPRoute");
        Assert.Equal("internal", route.Items("spec", "parentRefs").Single().Text("name"));
        Assert.Equal([$"{Id}-web", "web", $"{Id}-web"], route.Items("spec", "rules").Single().Items("backendRefs").Select(reference => reference.Text("name")));
        Assert.Equal($"{Id}-web", objects.One("HorizontalPodAutoscaler").Text("spec", "scaleTargetRef", "name"));
        var scaled = objects.One("ScaledObject");
        Assert.Equal($"{Id}-web", scaled.Text("spec", "scaleTargetRef", "name"));
        Assert.Equal(($"{Id}-auth", $"app=web,dex.dev/env-id={Id}"), (scaled.Items("spec", "triggers").Single().Text("authenticationRef", "name"), scaled.Items("spec", "triggers").Single().Text("metadata", "podSelector")));
        Assert.Equal($"{Id}-tls", objects.One("TriggerAuthentication").Items("spec", "secretTargetRef").Single().Text("name"));
        Assert.Equal([$"{Id}-tls", "shared"], objects.One("Role").Items("rules").Single().TextList("resourceNames"));
        Assert.Equal($"{Id}-web", objects.One("RoleBinding").Text("roleRef", "name"));
        Assert.Equal([$"{Id}-web", "web"], objects.One("RoleBinding").Items("subjects").Select(subject => subject.Text("name")));
    }

    [Fact]
    public void What_a_controller_will_make_is_the_environments_own_too()
    {
        var objects = Place("""
            apiVersion: cert-manager.io/v1
            kind: Certificate
            metadata: { name: web }
            spec: { secretName: web-tls, issuerRef: { kind: ClusterIssuer, name: company } }
            ---
            apiVersion: external-secrets.io/v1
            kind: ExternalSecret
            metadata: { name: db }
            spec: { secretStoreRef: { kind: ClusterSecretStore, name: vault } }
            ---
            apiVersion: networking.k8s.io/v1
            kind: Ingress
            metadata: { name: shim, annotations: { cert-manager.io/cluster-issuer: company } }
            spec: { tls: [{ secretName: shim-tls }] }
            ---
            apiVersion: v1
            kind: Pod
            metadata: { name: p }
            spec: { volumes: [{ name: a, secret: { secretName: web-tls } }, { name: b, secret: { secretName: db } }, { name: c, secret: { secretName: shim-tls } }] }
            """);
        Assert.Equal([$"{Id}-web-tls", $"{Id}-db", $"{Id}-shim-tls"], objects.One("Pod").Items("spec", "volumes").Select(volume => volume.Text("secret", "secretName")));
        Assert.Equal(($"{Id}-web-tls", "company"), (objects.One("Certificate").Text("spec", "secretName"), objects.One("Certificate").Text("spec", "issuerRef", "name")));
        Assert.Equal(Id, objects.One("Certificate").Text("spec", "secretTemplate", "labels", "dex.dev/env-id"));
        Assert.Equal($"{Id}-shim-tls", objects.One("Ingress").Items("spec", "tls").Single().Text("secretName"));
    }

    [Fact]
    public void What_an_object_waits_for_follows_and_what_cannot_be_read_stays_for_the_plan_to_refuse()
    {
        var web = Place("""
            apiVersion: v1
            kind: ConfigMap
            metadata: { name: db }
            ---
            apiVersion: batch/v1
            kind: Job
            metadata: { name: db }
            ---
            apiVersion: apps/v1
            kind: Deployment
            metadata: { name: web, annotations: { config.kubernetes.io/depends-on: "batch/Job/db, /namespaces/team/ConfigMap/db,/namespaces/other/ConfigMap/db,/Secret/db,db" } }
            """).One("Deployment");
        Assert.Equal($"batch/Job/{Id}-db,/namespaces/team/ConfigMap/{Id}-db,/namespaces/other/ConfigMap/db,/Secret/db,db", web.Annotation("config.kubernetes.io/depends-on"));
    }

    [Fact]
    public void Pods_that_name_no_account_get_the_releases_default_one()
    {
        const string pod = """
            apiVersion: v1
            kind: Pod
            metadata: { name: p }
            spec: { containers: [] }
            """;
        Assert.Null(Place(pod).One("Pod").Text("spec", "serviceAccountName"));
        Assert.Equal($"{Id}-default", Place(pod + "\n---\napiVersion: v1\nkind: ServiceAccount\nmetadata: { name: default }\n").One("Pod").Text("spec", "serviceAccountName"));
    }

    [Fact]
    public void A_custom_kind_that_is_declared_is_placed_by_its_declaration()
    {
        var table = ReferenceTable.BuiltIn.With(
            [KeyValuePair.Create("Database.example.com", new Dictionary<string, string> { ["spec.password.secret"] = "Secret", ["spec.peers[].pods"] = "selector", ["spec.**.owner.name"] = "Deployment.apps?" }.AsEnumerable())],
            (kind, field) => new InvalidOperationException($"{kind} {field}"));
        var database = Place("""
            apiVersion: example.com/v1
            kind: Database
            metadata: { name: db }
            spec: { password: { secret: s }, peers: [{ pods: {} }], a: [{ b: { owner: { kind: StatefulSet, name: w } } }] }
            ---
            apiVersion: v1
            kind: Secret
            metadata: { name: s }
            ---
            apiVersion: apps/v1
            kind: StatefulSet
            metadata: { name: w }
            """, table: table).One("Database");
        Assert.Equal($"{Id}-s", database.Text("spec", "password", "secret"));
        Assert.Equal(Id, database.Items("spec", "peers").Single().Text("pods", "matchLabels", "dex.dev/env-id"));
        Assert.Equal($"{Id}-w", database.Items("spec", "a").Single().Text("b", "owner", "name"));
    }

    [Theory]
    [InlineData("", "Secret")]
    [InlineData("spec.**", "Secret")]
    [InlineData("spec..name", "Secret")]
    [InlineData("spec.name", "")]
    [InlineData("spec.name", "secret")]
    [InlineData("spec.name", "Secret when")]
    public void A_declaration_that_cannot_be_read_names_itself(string field, string meaning) => Assert.Equal(
        $"Database.example.com {field}",
        Assert.Throws<InvalidOperationException>(() => ReferenceTable.BuiltIn.With(
            [KeyValuePair.Create("Database.example.com", new Dictionary<string, string> { [field] = meaning }.AsEnumerable())], (kind, name) => new InvalidOperationException($"{kind} {name}"))).Message);
}
