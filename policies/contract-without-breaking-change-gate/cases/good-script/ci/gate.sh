oasdiff breaking a c.yaml
