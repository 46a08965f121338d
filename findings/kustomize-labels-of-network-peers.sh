#!/bin/sh
# Kustomize 5.5.0: `labels` with `includeSelectors: true` also adds the labels to the peers of a NetworkPolicy.
#
# Expected: the labels are added to the selectors of the resources of this kustomization: the pods that the policy
# protects. The pods that may connect belong to others, and do not get the labels.
# Seen: `ingress.from.podSelector.matchLabels` has the label as well, so that the policy admits no pod of the callers.
# Consequence: give NetworkPolicies explicit selectors, and add labels with `includeSelectors: false`.
#
# Needs Go. Exits 0 while this is so, 1 when it has changed.
set -eu
folder=$(mktemp -d)
trap 'chmod -R u+w "$folder"; rm -rf "$folder"' EXIT
GOBIN="$folder" GOPATH="$folder/go" GOCACHE="$folder/cache" go install sigs.k8s.io/kustomize/kustomize/v5@v5.5.0
mkdir "$folder/shop"
cat > "$folder/shop/policy.yaml" <<'YAML'
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  name: shop
spec:
  podSelector:
    matchLabels:
      app: shop
  policyTypes: [Ingress]
  ingress:
    - from:
        - podSelector:
            matchLabels:
              app: game-server
YAML
cat > "$folder/shop/kustomization.yaml" <<'YAML'
apiVersion: kustomize.config.k8s.io/v1beta1
kind: Kustomization
resources: [policy.yaml]
labels:
  - includeSelectors: true
    pairs:
      part-of: shop
YAML
"$folder/kustomize" build "$folder/shop" > "$folder/seen"
echo "Kustomize 5.5.0: who may connect, according to the policy that it writes:"
sed -n '/- from:/,/^  podSelector/p' "$folder/seen" | sed '$d'
sed -n '/- from:/,/^  podSelector/p' "$folder/seen" | grep -q 'part-of: shop'
