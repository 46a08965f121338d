{{- define "redeemd.selector" -}}
app.kubernetes.io/name: redeemd
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "redeemd.metadata" -}}
name: {{ .Release.Name }}
{{ include "redeemd.placed" . }}
{{- end }}

{{- define "redeemd.placed" -}}
namespace: {{ .Release.Namespace }}
labels:
  {{- include "redeemd.selector" . | nindent 2 }}
  app.kubernetes.io/managed-by: {{ .Release.Service }}
  helm.sh/chart: {{ .Chart.Name }}-{{ .Chart.Version }}
{{- end }}

{{- define "redeemd.image" -}}
{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}
{{- end }}

{{- define "redeemd.confined" -}}
securityContext:
  allowPrivilegeEscalation: false
  readOnlyRootFilesystem: true
  capabilities:
    drop: [ALL]
{{- end }}
