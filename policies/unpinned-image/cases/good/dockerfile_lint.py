"""
FROM nginx
USER root
CMD x
"""
