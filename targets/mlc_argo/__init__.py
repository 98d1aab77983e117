"""The target `argo`: a plan and an environment become what `kubectl apply -k` takes and Argo Workflows runs."""
