# FROM nginx
USER = "root"
