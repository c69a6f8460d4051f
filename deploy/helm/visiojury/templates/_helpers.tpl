{{- define "visiojury.labels" -}}
app.kubernetes.io/name: visiojury
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{- end }}

{{- define "visiojury.selector" -}}
app.kubernetes.io/name: visiojury
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "visiojury.image" -}}
{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}
{{- end }}

{{- define "visiojury.confined" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities:
  drop: [ALL]
{{- end }}
