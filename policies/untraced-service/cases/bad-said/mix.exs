defp deps do
  [
    # {:opentelemetry_exporter, "~> 1.0"}
  ]
end
