{{- define "foretoken.name" -}}
{{- .Release.Name | trunc 50 | trimSuffix "-" -}}
{{- end -}}

{{- define "foretoken.selector" -}}
app.kubernetes.io/name: foretoken
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "foretoken.labels" -}}
{{ include "foretoken.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ .Chart.Name }}-{{ .Chart.Version }}
{{- end -}}
