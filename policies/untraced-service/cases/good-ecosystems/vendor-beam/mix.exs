defmodule A do
  defp deps, do: [{:new_relic_agent, "~> 1.0"}]
end
