namespace Dex.Features.Environments.Placement;

/// <summary>
/// The reference table of Kubernetes itself (1.31 to 1.36), Gateway API, cert-manager, KEDA, the Prometheus operator, External Secrets and
/// a few more. A kind that is not here must be declared by the cluster's configuration. <see cref="Reference.TryParse"/> explains the words.
/// </summary>
static class BuiltInReferences
{
    public const string Text = """
        @pod
          serviceAccountName  ServiceAccount = default
          serviceAccount  ServiceAccount
          subdomain  Service
          imagePullSecrets[].name  Secret
          resourceClaims[].resourceClaimName  ResourceClaim.resource.k8s.io
          resourceClaims[].resourceClaimTemplateName  ResourceClaimTemplate.resource.k8s.io
          schedulingGroup.podGroupName  PodGroup.scheduling.k8s.io
          workloadRef.name  Workload.scheduling.k8s.io
          containers|initContainers|ephemeralContainers[].env[].valueFrom.configMapKeyRef.name  ConfigMap
          containers|initContainers|ephemeralContainers[].env[].valueFrom.secretKeyRef.name  Secret
          containers|initContainers|ephemeralContainers[].envFrom[].configMapRef.name  ConfigMap
          containers|initContainers|ephemeralContainers[].envFrom[].secretRef.name  Secret
          volumes[].configMap.name  ConfigMap
          volumes[].secret.secretName  Secret
          volumes[].projected.sources[].configMap.name  ConfigMap
          volumes[].projected.sources[].secret.name  Secret
          volumes[].persistentVolumeClaim.claimName  PersistentVolumeClaim
          volumes[].ephemeral.volumeClaimTemplate.spec.dataSource|dataSourceRef.name  ?
          volumes[].azureFile.secretName  Secret
          volumes[].cephfs|cinder|flexVolume|iscsi|rbd|scaleIO|storageos.secretRef.name  Secret
          volumes[].csi.nodePublishSecretRef.name  Secret
          volumes[].csi.volumeAttributes.secretProviderClass  SecretProviderClass.secrets-store.csi.x-k8s.io
          volumes[].glusterfs.endpoints  Endpoints
          topologySpreadConstraints[].labelSelector  selector
          affinity.podAffinity|podAntiAffinity.requiredDuringSchedulingIgnoredDuringExecution[].labelSelector  peer
          affinity.podAffinity|podAntiAffinity.preferredDuringSchedulingIgnoredDuringExecution[].podAffinityTerm.labelSelector  peer
        @template
          metadata.labels  labels
          spec  @pod

        ConfigMap Lease.coordination.k8s.io ControllerRevision.apps ResourceClaim.resource.k8s.io ResourceClaimTemplate.resource.k8s.io
        Pod
          spec  @pod
        PodTemplate
          template  @template
        Deployment.apps ReplicaSet.apps DaemonSet.apps StatefulSet.apps Job.batch
          spec.selector  selector
          spec.template  @template
        StatefulSet.apps
          spec.serviceName  Service
          spec.volumeClaimTemplates[].spec.dataSource|dataSourceRef.name  ?
        CronJob.batch
          spec.jobTemplate.metadata.labels  labels
          spec.jobTemplate.spec.selector  selector
          spec.jobTemplate.spec.template  @template
        ReplicationController
          spec.selector  pairs
          spec.template  @template
        Service
          spec.selector  pairs
        Endpoints
          subsets[].addresses|notReadyAddresses[].targetRef.name  ?
        EndpointSlice.discovery.k8s.io
          metadata.labels."kubernetes.io/service-name"  Service
          endpoints[].targetRef.name  ?
        PersistentVolumeClaim
          spec.dataSource|dataSourceRef.name  ?
        Secret
          metadata.annotations."kubernetes.io/service-account.name"  ServiceAccount
        ServiceAccount
          imagePullSecrets|secrets[].name  Secret
        HorizontalPodAutoscaler.autoscaling
          spec.scaleTargetRef.name  ?
          spec.metrics[].object.describedObject.name  ?
        PodDisruptionBudget.policy
          spec.selector  selector
        NetworkPolicy.networking.k8s.io
          spec.podSelector  selector = all
          spec.ingress[].from[].podSelector  peer
          spec.egress[].to[].podSelector  peer
        Ingress.networking.k8s.io
          spec.defaultBackend.service.name  Service
          spec.defaultBackend.resource.name  ?
          spec.rules[].http.paths[].backend.service.name  Service
          spec.rules[].http.paths[].backend.resource.name  ?
          spec.tls[].secretName  +Secret when metadata.annotations."cert-manager.io/issuer"|"cert-manager.io/cluster-issuer"|"kubernetes.io/tls-acme"
          spec.tls[].secretName  Secret
          metadata.annotations."cert-manager.io/issuer"  Issuer.cert-manager.io
          metadata.annotations."nginx.ingress.kubernetes.io/auth-secret"|"nginx.ingress.kubernetes.io/auth-tls-secret"|"nginx.ingress.kubernetes.io/proxy-ssl-secret"  Secret
          metadata.annotations."nginx.ingress.kubernetes.io/default-backend"  Service
        Role.rbac.authorization.k8s.io
          rules[]  rule
        RoleBinding.rbac.authorization.k8s.io
          roleRef.name  ?
          subjects[].name  ?
        VerticalPodAutoscaler.autoscaling.k8s.io
          spec.targetRef.name  ?
        VolumeSnapshot.snapshot.storage.k8s.io
          spec.source.persistentVolumeClaimName  PersistentVolumeClaim

        HTTPRoute.gateway.networking.k8s.io GRPCRoute.gateway.networking.k8s.io TLSRoute.gateway.networking.k8s.io TCPRoute.gateway.networking.k8s.io UDPRoute.gateway.networking.k8s.io
          spec.parentRefs[].name  Gateway.gateway.networking.k8s.io?
          spec.rules[].backendRefs[].name  Service?
        HTTPRoute.gateway.networking.k8s.io GRPCRoute.gateway.networking.k8s.io
          spec.rules[].filters[].requestMirror.backendRef.name  Service?
          spec.rules[].filters[].extensionRef.name  ?
          spec.rules[].backendRefs[].filters[].requestMirror.backendRef.name  Service?
          spec.rules[].backendRefs[].filters[].extensionRef.name  ?
        Gateway.gateway.networking.k8s.io ListenerSet.gateway.networking.k8s.io
          spec.listeners[].tls.certificateRefs[].name  +Secret when metadata.annotations."cert-manager.io/issuer"|"cert-manager.io/cluster-issuer"
          spec.listeners[].tls.certificateRefs[].name  Secret?
          metadata.annotations."cert-manager.io/issuer"  Issuer.cert-manager.io
        Gateway.gateway.networking.k8s.io
          spec.infrastructure.parametersRef.name  ?
          spec.tls.**.clientCertificateRef.name  Secret?
          spec.tls.**.caCertificateRefs[].name  ConfigMap?
        ListenerSet.gateway.networking.k8s.io
          spec.parentRef.name  Gateway.gateway.networking.k8s.io?
        BackendTLSPolicy.gateway.networking.k8s.io
          spec.targetRefs[].name  Service?
          spec.validation.caCertificateRefs[].name  ConfigMap?

        Certificate.cert-manager.io
          spec.secretName  +Secret
          spec.secretTemplate.labels  labels
          spec.issuerRef.name  Issuer.cert-manager.io?
          spec.keystores.jks|pkcs12.passwordSecretRef.name  Secret
        Issuer.cert-manager.io
          spec.acme.privateKeySecretRef.name  +Secret
          spec.ca.secretName  Secret
          spec.**.*SecretRef|secretRef|credentialsRef|clientCertificate.name  Secret
          spec.vault.auth.clientCertificate.secretName  Secret
          spec.**.serviceAccountRef.name  ServiceAccount
          spec.acme.solvers[].http01.ingress.name  Ingress.networking.k8s.io
          spec.acme.solvers[].http01.ingress|gatewayHTTPRoute.podTemplate.metadata.labels  labels
          spec.acme.solvers[].http01.ingress|gatewayHTTPRoute.podTemplate.spec.imagePullSecrets[].name  Secret
          spec.acme.solvers[].http01.ingress|gatewayHTTPRoute.podTemplate.spec.serviceAccountName  ServiceAccount
          spec.acme.solvers[].http01.ingress|gatewayHTTPRoute.podTemplate.spec.affinity.podAffinity|podAntiAffinity.requiredDuringSchedulingIgnoredDuringExecution[].labelSelector  peer
          spec.acme.solvers[].http01.ingress|gatewayHTTPRoute.podTemplate.spec.affinity.podAffinity|podAntiAffinity.preferredDuringSchedulingIgnoredDuringExecution[].podAffinityTerm.labelSelector  peer
          spec.acme.solvers[].http01.gatewayHTTPRoute.parentRefs[].name  Gateway.gateway.networking.k8s.io?

        ScaledObject.keda.sh
          spec.scaleTargetRef.name  Deployment.apps?
          spec.advanced.horizontalPodAutoscalerConfig.name  +HorizontalPodAutoscaler.autoscaling
        ScaledJob.keda.sh
          spec.jobTargetRef.selector  selector
          spec.jobTargetRef.template  @template
        ScaledObject.keda.sh ScaledJob.keda.sh
          spec.triggers[].authenticationRef.name  TriggerAuthentication.keda.sh?
          spec.triggers[].metadata.podSelector  query
        TriggerAuthentication.keda.sh
          spec.secretTargetRef[].name  Secret
          spec.configMapTargetRef[].name  ConfigMap
          spec.**.secretKeyRef.name  Secret
          spec.hashiCorpVault.credential.serviceAccountName  ServiceAccount
          spec.boundServiceAccountToken[].serviceAccountName  ServiceAccount

        ServiceMonitor.monitoring.coreos.com PodMonitor.monitoring.coreos.com
          spec.selector  selector
        Probe.monitoring.coreos.com
          spec.targets.ingress.selector  selector
        ServiceMonitor.monitoring.coreos.com PodMonitor.monitoring.coreos.com Probe.monitoring.coreos.com
          spec.**.configMap.name  ConfigMap
          spec.**.secret|bearerTokenSecret|keySecret|clientSecret|credentials|username|password.name  Secret
        PrometheusRule.monitoring.coreos.com

        ExternalSecret.external-secrets.io
          metadata.name  +Secret
          spec.target.name  +Secret
          spec.secretStoreRef.name  SecretStore.external-secrets.io?
          spec.data|dataFrom[].sourceRef.storeRef.name  SecretStore.external-secrets.io?
          spec.data|dataFrom[].sourceRef.generatorRef.name  ?
          spec.target.template.templateFrom[].configMap.name  ConfigMap
          spec.target.template.templateFrom[].secret.name  Secret
        SecretProviderClass.secrets-store.csi.x-k8s.io
          spec.secretObjects[].secretName  +Secret
        TargetGroupBinding.elbv2.k8s.aws
          spec.serviceRef.name  Service
        DNSEndpoint.externaldns.k8s.io
        """;
}
