{{- define "orders.address" -}}
{{- printf "postgresql://%s:%s@%s-db:5432/orders" .Values.database.user (.Values.database.password | urlquery | replace "+" "%20") .Release.Name -}}
{{- end -}}
