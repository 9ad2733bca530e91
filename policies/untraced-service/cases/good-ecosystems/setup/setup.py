from setuptools import setup

setup(name='a', install_requires=['OpenTelemetry-sdk', 'opentelemetry-exporter-otlp>=1'])
